"""An emulated Juju 3.6 controller: its API on a websocket, a small Charmhub, machines from a MAAS."""
