"""Feedback loops: which of them makes the behaviour, and when."""
