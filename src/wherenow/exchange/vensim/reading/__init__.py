"""A Vensim file to a model."""
