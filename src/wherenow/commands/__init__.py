"""Commands, one module each: parse the arguments, call the API, print the result. Each loads only what it needs."""
