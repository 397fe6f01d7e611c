"""Changes of a case folder: writers, atomic folders, and schemas for editors."""
