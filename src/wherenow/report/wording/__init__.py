"""The words of the report: texts by language, names, numbers, dates, and formulas as sentences."""
