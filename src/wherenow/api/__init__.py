"""The Python interface: a thin facade over the engine, one module a task. Public names are listed in ``wherenow``."""
