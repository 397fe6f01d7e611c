"""Reading an XMILE file as a model."""
