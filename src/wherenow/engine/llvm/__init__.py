"""Programs compiled to machine code, and run over blocks of draws."""
