"""Checks of a model alone: errors, oddities and units."""
