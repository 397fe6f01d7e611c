"""The density of data given parameters."""
