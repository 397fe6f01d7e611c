"""Commands that fit a case to its data and check the fit."""
