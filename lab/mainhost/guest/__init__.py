"""What is laid onto main: programs that run there with its own Python, and import nothing of the lab."""
