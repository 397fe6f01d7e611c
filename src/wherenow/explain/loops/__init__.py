"""Feedback loops: which of them drive the behaviour, and when."""
