"""Commands that forecast, answer questions, and keep score."""
