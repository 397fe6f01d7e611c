"""A model to a Vensim file."""
