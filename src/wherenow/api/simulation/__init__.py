"""Runs of a model and their inputs: one run, ensembles, fits, optimization, and runs step by step."""
