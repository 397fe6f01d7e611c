"""What changes a case folder: writers, folders that appear whole, and schemas for editors."""
