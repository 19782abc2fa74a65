"""The commonest tasks of a moderator, done on the demo's page with the mouse and with keys."""
