"""Vensim's functions in terms of the function table."""
