"""The charts of the report, drawn as SVG."""
