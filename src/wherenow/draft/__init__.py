"""Drafting: a text becomes proposals for a person to accept, edit or reject, and accepted ones become a model."""
