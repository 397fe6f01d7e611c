"""Translation of Vensim's functions to the function table."""
