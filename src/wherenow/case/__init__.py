"""The case folder: read with exact places, checked whole, written back."""

from wherenow.case.check import check_case
from wherenow.case.reader import read_case
from wherenow.case.types import Case

__all__ = ["Case", "check_case", "read_case"]
