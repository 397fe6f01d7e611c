"""The views, one module each: from an analysis and an address to what a template shows."""
