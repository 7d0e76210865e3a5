"""A small Charmhub: a catalogue of charms as data, what their units report, what their actions do."""
