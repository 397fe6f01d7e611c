"""The report: one self-contained HTML page that says everything an outlook does, and draws it."""

from wherenow.report.cards.finding_card import cards_of
from wherenow.report.page import Presented, present, render, write_report

__all__ = ["Presented", "cards_of", "present", "render", "write_report"]
