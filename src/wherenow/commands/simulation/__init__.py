"""Commands that run, compare, convert and audit models."""
