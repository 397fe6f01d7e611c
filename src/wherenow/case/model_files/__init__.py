"""Cases around model files: opening, conversion, and a Vensim model's own checks as claims."""
