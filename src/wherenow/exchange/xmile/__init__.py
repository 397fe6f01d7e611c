"""Import and export of XMILE."""

from wherenow.exchange.xmile.reading.xmile_reader import import_xmile, parse_xmile, read_xmile

__all__ = ["import_xmile", "parse_xmile", "read_xmile"]
