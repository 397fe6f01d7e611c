"""The case folder: reading with exact locations, complete checks, and writing."""
