"""Probabilities about data: the model and the record pooled, with a track record.

``record`` puts a series on its scale, ``level`` estimates how it moves, ``history`` forecasts it from itself, ``model``
forecasts it from the case, ``weights`` and ``recalibration`` learn from past origins how to combine the forecasts,
``pool`` combines them, ``questions`` makes questions by rule, ``trial`` scores them at past origins, ``reliability``
judges the scores, ``ask`` answers a question of today, and ``ledger`` keeps what was published.
"""
