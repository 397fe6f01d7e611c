"""Commands that judge claims and find what drives an outcome."""
