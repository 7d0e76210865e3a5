"""Typed resources of what runs on servers: arguments -> property bag -> provider class in `providers.hosts.crud`."""
