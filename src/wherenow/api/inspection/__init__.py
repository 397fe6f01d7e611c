"""The structure of a model: its variables, links and loops, and how two models differ."""
