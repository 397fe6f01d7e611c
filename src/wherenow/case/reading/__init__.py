"""Readers of the files of a case folder, with exact locations."""
