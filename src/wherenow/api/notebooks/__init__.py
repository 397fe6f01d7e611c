"""Displays for notebooks: pictures and sliders."""
