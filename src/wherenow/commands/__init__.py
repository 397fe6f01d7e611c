"""One module a command: it parses words, calls the API, prints; what it needs is loaded by it alone."""
