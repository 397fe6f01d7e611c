"""Readers, which turn a text into proposals: the embedded rules, or a language model."""
