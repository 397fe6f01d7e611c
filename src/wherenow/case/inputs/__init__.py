"""Inputs of a run over time: series, points, actions and events as tables."""
