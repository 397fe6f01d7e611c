"""Elaboration of a model to scalar equations: macros, subscripts, arrays and functions of vectors."""
