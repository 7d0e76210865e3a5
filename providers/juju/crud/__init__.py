"""The dynamic providers, one class per resource; their module paths are pickled into state and must not move."""
