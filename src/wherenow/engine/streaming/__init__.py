"""Evaluation during a run: streaming plans, reducers, reusable runs."""
