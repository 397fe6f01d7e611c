"""A model to an XMILE file."""
