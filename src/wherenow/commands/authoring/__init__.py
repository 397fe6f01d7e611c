"""Commands that build and check a case: its files, data, sentences and drafts."""
