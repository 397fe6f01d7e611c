"""Reading a Vensim file as a model."""
