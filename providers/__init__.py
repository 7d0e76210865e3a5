"""How this project speaks to MAAS and Juju: thin clients, dynamic providers, typed resources."""
