"""From a text to proposals that a person accepts, edits or rejects, and from what is accepted to a model that runs."""
