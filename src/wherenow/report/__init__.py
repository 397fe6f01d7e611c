"""The report: one self-contained HTML page that says everything an outlook does, and draws it."""

from wherenow.report.page import render, write_report

__all__ = ["render", "write_report"]
