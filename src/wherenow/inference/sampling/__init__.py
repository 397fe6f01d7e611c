"""Draw from a posterior: tempering, its moves, convergence and checkpoints."""
