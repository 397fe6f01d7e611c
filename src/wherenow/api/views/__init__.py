"""Views of a model: its diagram, from the file or an automatic layout."""
