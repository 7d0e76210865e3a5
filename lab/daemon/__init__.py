"""The lab as a process: namespace, daemon, control socket."""
