"""Checks of claims before anything is run: names, units, dates and plausible thresholds."""
