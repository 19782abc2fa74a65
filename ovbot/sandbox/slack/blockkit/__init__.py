"""A strict check of Block Kit payloads, over plain dicts.

The official models check what is built with them; this checks what arrives, whoever built it,
and names every place it dislikes by JSON pointer.
"""

from ovbot.sandbox.slack.blockkit.place import Problem
from ovbot.sandbox.slack.blockkit.surfaces import Surface, message_problems, view_problems

__all__ = ["Problem", "Surface", "message_problems", "view_problems"]
