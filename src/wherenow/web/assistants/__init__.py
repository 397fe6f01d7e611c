"""MCP servers, through which assistants ask a model or build a case."""
