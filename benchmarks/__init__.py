"""Measurements against peers, never timed inside tests: ``python -m benchmarks.run``."""
