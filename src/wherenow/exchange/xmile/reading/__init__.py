"""An XMILE file to a model."""
