"""Trials: questions at past origins, their scores, and the record of reliability."""
