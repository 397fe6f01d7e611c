"""Evaluation while a run goes on: reading plans, reducers, reusable runs."""
