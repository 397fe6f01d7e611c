"""The documentation as a site (`make site`): Sphinx reads docs/*.md and the docstrings of the Python interface."""

from importlib.metadata import version as installed

project = "wherenow"
author = "The wherenow developers"
release = version = installed("wherenow")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["site", "notebooks"]
html_theme = "furo"
html_title = "wherenow"
html_show_sourcelink = False
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
# each is harmless: pages that are made from cases, tables of data, a YAML file with ellipses
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
