"""The case folder: read with exact places, checked whole, written back."""
