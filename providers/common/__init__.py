"""What every dynamic provider of this project shares: declared fields, pure diffs, shared lists, waits, a wide pool."""
