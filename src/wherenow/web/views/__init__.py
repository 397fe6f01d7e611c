"""The views, one module each: from an analysis and an address to a template's context."""
