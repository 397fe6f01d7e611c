"""Drafting: a text becomes proposals that a person accepts, edits or rejects, and accepted ones become a model that
runs.
"""
