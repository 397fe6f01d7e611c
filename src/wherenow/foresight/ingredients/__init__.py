"""Predictive distributions that the pool combines: of the model, its variants, and a series' own record."""
