"""Explore what an outcome depends on, and which levers help: sensitivity, robustness, scenario discovery."""
