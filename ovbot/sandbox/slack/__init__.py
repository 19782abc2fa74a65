"""A local workspace: a strict stand-in for the chat platform, for developing and testing.

It speaks the platform's Web API, Socket Mode and signed HTTP, checks Block Kit by its limits,
and refuses what it would refuse. People act through a page or through ``/_control``.
"""

from ovbot.sandbox.slack.config import Mode, WorkspaceConfig
from ovbot.sandbox.slack.errors import ConfigError
from ovbot.sandbox.slack.serving import serve
from ovbot.sandbox.slack.workspace import Workspace

__all__ = ["ConfigError", "Mode", "Workspace", "WorkspaceConfig", "serve"]
