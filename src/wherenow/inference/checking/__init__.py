"""Whether a posterior, and the method that made it, can be trusted."""
