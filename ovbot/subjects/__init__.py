"""What several commands share, by its noun: people, sessions, recordings, bans, plans, media nodes.

Below the commands and above the door: nothing here knows who may do what, or writes an audit entry.
"""
