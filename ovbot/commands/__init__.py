"""One file per command, or per noun's verbs. Commands do not import one another.

A module here exports `Question` and `Action` values; the registry finds them by itself. What two
commands need goes into `subjects/` (from words to things) or `domain/words` (things to words).
"""
