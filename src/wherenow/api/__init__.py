"""The Python interface: a thin facade over the engine, one module per task. Public names are listed in ``wherenow``."""
