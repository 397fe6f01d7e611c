"""Ablation: evaluate claims again on the same draws, with links of the model cut."""
