"""Fit to data: what the observations say of the parameters, how well it forecasts, and what cannot be learned."""
