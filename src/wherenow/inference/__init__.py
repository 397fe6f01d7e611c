"""Fit to data: what observations say about parameters, how well a fit predicts, and what cannot be learned."""
