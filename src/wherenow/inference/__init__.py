"""Fit to data: what the observations say about the parameters, how well the fit predicts, and what cannot be
learned.
"""
