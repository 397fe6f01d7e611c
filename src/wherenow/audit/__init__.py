"""Standard tests of a model, after Forrester & Senge (1980), Barlas (1996) and Sterman (2000, chapter 21)."""
