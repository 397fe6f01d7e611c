"""A static site for a case, generated from the case folder alone."""

from wherenow.report.site.write import write_site

__all__ = ["write_site"]
