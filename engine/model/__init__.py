"""Pulumi's nouns as data: property values, states, goals, snapshots, journal entries, events. No I/O, no clock."""
