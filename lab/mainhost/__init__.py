"""The machine that MAAS runs on: its `snap` and `maas` commands, and where they end in the lab."""
