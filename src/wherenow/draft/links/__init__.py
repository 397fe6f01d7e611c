"""Causal links of a text: one module for each kind of construction that states them."""
