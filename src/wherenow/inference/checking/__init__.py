"""Check whether a posterior, and the method that produced it, can be trusted."""
