"""``python -m wherenow``: the command line, where its script is not on the path."""

from wherenow.cli import main

main()
