"""The files of a case folder, each read with exact places."""
