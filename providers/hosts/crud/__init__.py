"""Providers of what runs on servers; their module paths are pickled into state, so they are public names."""
