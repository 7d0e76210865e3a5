"""What happens by itself and on request in models: machines, units, relations, storage, and their ends (pure)."""
