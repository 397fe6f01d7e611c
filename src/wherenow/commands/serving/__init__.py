"""Commands that serve a case: to a browser, to assistants, or as a site."""
