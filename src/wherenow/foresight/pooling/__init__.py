"""Pooling of ingredients: their weights, recalibration, and limits of published probabilities."""
