"""A case as a site of its own: static pages made from the case folder and from nothing else."""

from wherenow.report.site.write import write_site

__all__ = ["write_site"]
