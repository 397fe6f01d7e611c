"""The claim language: a formula's text to a syntax tree, its operators and units."""
