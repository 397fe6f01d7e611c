"""Writing a model as an XMILE file."""
