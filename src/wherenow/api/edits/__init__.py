"""Edits of model files as text, which keep the layout, comments and order of the rest."""
