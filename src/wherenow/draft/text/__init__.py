"""Reading of a text: its article, sentences and grammar, and what they name."""
