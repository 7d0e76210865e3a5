"""A rack in a box: stand-ins for what a bare-metal network has, where there is none. See docs/lab.md."""
