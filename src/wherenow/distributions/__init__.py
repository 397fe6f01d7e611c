"""Distributions of uncertain numbers: families, and priors truncated to a range."""
