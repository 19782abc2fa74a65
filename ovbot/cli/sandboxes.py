"""``ovbot sandbox``: the stand-ins, each as a process of its own."""

from pathlib import Path
from typing import Any, get_args

from ovbot.errors import FaultError


def _ready(url: str) -> None:
    # One line that a script can wait for.
    print(f"Listening on {url}", flush=True)


async def openvidu(**given: Any) -> None:
    """Run the OpenVidu simulator until it is stopped; ``given`` are SimulatorConfig's fields."""
    from ovbot.sandbox.openvidu import SimulatorConfig, serve
    from ovbot.sandbox.openvidu.config import Certificate, ProfileName

    _one_of("--profile", given["profile"], get_args(ProfileName))
    _one_of("--edition", given["edition"], ("ce", "pro"))
    _one_of("--certificate", given["certificate"], get_args(Certificate))
    switch = given.pop("deprecated_api")
    if switch is not None:
        _one_of("--deprecated-api", switch, ("on", "off"))
    config = SimulatorConfig(**given, deprecated_api=None if switch is None else switch == "on")
    await serve(config, ready=_ready)


async def slack(
    *,
    host: str,
    port: int,
    mode: str,
    request_url: str | None,
    options_url: str | None,
    config: Path | None,
) -> None:
    """Run the local workspace until it is stopped."""
    from ovbot.sandbox.slack import WorkspaceConfig, serve

    _one_of("--mode", mode, ("socket", "http"))
    if mode == "http" and not request_url:
        raise FaultError(
            "--mode http needs --request-url: where the app listens, such as "
            "http://127.0.0.1:8080/slack/events.",
            code="sandbox.request_url",
        )
    await serve(
        WorkspaceConfig(
            host=host,
            port=port,
            mode="http" if mode == "http" else "socket",
            request_url=request_url,
            options_url="" if options_url == "none" else options_url,
            config_file=config,
        ),
        ready=_ready,
    )


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise FaultError(
            f"{option} is one of {', '.join(allowed)}, not “{value}”.", code="sandbox.option"
        )
