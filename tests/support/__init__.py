"""What tests and benchmarks share: temporary Pulumi projects, run by the real command."""
