"""Data for a case: tables, spreadsheets and public series."""
