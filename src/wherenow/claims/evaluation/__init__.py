"""Evaluation of formulas: signals and windows, robustness, and plans for a run that streams."""
