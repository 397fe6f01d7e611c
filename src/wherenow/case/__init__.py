"""The case folder: read with exact places, checked whole, written back."""

from wherenow.case.check import check_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.case.types import Case
from wherenow.case.writer import write_case

__all__ = ["Case", "check_case", "new_case", "read_case", "write_case"]
