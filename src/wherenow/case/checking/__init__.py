"""What is wrong or odd about a case."""
