"""Checks of a case: errors and warnings."""
