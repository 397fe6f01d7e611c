"""Writing a model as a Vensim file."""
