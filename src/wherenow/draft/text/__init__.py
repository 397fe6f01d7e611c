"""Read a text: its article, its sentences and their grammar, its actors, dates and figures."""
