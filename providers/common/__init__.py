"""What every dynamic provider of this project shares: declared fields, pure diffs, a wide thread pool."""
