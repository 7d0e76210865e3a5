"""What is to be done, from what is wanted and what is there: pure, without a controller, a file or a clock."""
