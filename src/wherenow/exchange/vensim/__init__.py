"""Import and export of Vensim models (.mdl)."""

from wherenow.exchange.vensim.reading.vensim_reader import VensimFile, parse_vensim, read_vensim, read_vensim_file

__all__ = ["VensimFile", "parse_vensim", "read_vensim", "read_vensim_file"]
