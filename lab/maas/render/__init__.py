"""Rows into the JSON objects of MAAS's API; field names and nesting as in MAAS 3.5."""
