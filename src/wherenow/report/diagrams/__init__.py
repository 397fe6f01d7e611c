"""Causal diagrams: sectors and links, their layout, signs and strengths."""
