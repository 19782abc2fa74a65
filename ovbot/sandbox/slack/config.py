"""How one workspace is started."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ovbot.sandbox.slack.errors import ConfigError

Mode = Literal["socket", "http"]


@dataclass(frozen=True)
class WorkspaceConfig:
    """Where the workspace listens and how it reaches the bot.

    `mode` ``socket`` waits for the bot to connect (Socket Mode); ``http`` sends signed requests
    to `request_url`, and asks `options_url` for what menus could hold: the same address where that
    is None, and nobody where it is "", as for an app without an Options Load URL. `config_file` is
    a YAML file that describes another team than the fixed one (see `blueprint`). `ack_seconds` is
    the time an app has to acknowledge, and `event_retry_seconds` the pauses before the three
    retries of an event; both are the platform's own and shortened only in tests.
    """

    host: str = "127.0.0.1"
    port: int = 0
    mode: Mode = "socket"
    request_url: str | None = None
    options_url: str | None = None
    config_file: Path | None = None
    bot_token: str = field(default="xoxb-sandbox", repr=False)
    app_token: str = field(default="xapp-sandbox", repr=False)
    signing_secret: str = field(default="sandbox-signing-secret", repr=False)
    rate_limits: bool = True
    ack_seconds: float = 3.0
    event_retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)

    def __post_init__(self) -> None:
        if self.mode == "http" and not self.request_url:
            raise ConfigError("--mode http needs --request-url, the address of the bot's endpoint")
        if self.mode == "socket" and self.request_url:
            raise ConfigError("--request-url is for --mode http; Socket Mode needs none")
        if self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ConfigError(f"the workspace listens on this machine only, not on {self.host}")

    @property
    def base_url(self) -> str:
        """Where it is reached, once the port is known."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
