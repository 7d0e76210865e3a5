"""The typed resources: what a Pulumi program declares."""
