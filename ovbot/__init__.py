"""Watch and moderate OpenVidu 2.x sessions from Slack."""

__version__ = "0.1.0"
