"""Is a model sane? Tests after Forrester & Senge (1980), Barlas (1996) and Sterman (2000, chapter 21)."""
