"""The subcommands and their options."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ovbot import __version__

app = typer.Typer(
    name="ovbot",
    help="Watch and moderate OpenVidu sessions from Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
sandbox = typer.Typer(
    help="Local stand-ins for OpenVidu and for Slack, to develop and to test with.",
    no_args_is_help=True,
)
app.add_typer(sandbox, name="sandbox")

_ONLY_OF_THE_SANDBOX = ("websockets", "yaml")


def _needs_the_sandbox() -> None:
    """Raise FaultError where the stand-ins' own packages are not installed: no bot needs them."""
    from importlib.util import find_spec

    from ovbot.errors import FaultError

    if any(find_spec(name) is None for name in _ONLY_OF_THE_SANDBOX):
        raise FaultError(
            "The demo and the stand-ins need packages that are not installed.",
            "Install them with: uv sync --locked --extra sandbox",
            code="sandbox.missing",
        )


_Host = Annotated[str, typer.Option(help="Address to listen on.")]
_Port = Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0)]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ovbot {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Watch and moderate OpenVidu sessions from Slack."""


@app.command()
def serve() -> None:
    """Run the bot. It is configured by the environment or a .env file: see docs/settings.md."""
    from ovbot.lean import without_decoration

    with without_decoration():
        from ovbot import logs, settings
        from ovbot.cli import loop
        from ovbot.wiring import serve as run_until_stopped

    chosen = settings.read()
    logs.configure(chosen.log_level)
    loop.run(run_until_stopped(chosen))


@app.command()
def worker() -> None:
    """Run beside ``ovbot serve`` on the same PostgreSQL: everything but taking payloads."""
    from ovbot.lean import without_decoration

    with without_decoration():
        from ovbot import logs, settings
        from ovbot.cli import loop
        from ovbot.wiring import work as run_until_stopped

    chosen = settings.read()
    logs.configure(chosen.log_level)
    loop.run(run_until_stopped(chosen))


@app.command()
def migrate() -> None:
    """Bring the database of OVBOT_DATABASE_URL up to date."""
    from ovbot import settings
    from ovbot.store.database import migrate as bring_up_to_date

    print(asyncio.run(bring_up_to_date(settings.database_url())))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.", min=0)] = 8090,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Try everything here and now: a simulated OpenVidu, a local workspace, and the bot."""
    _needs_the_sandbox()
    from ovbot.lean import without_decoration

    with without_decoration():
        from ovbot.cli import loop
        from ovbot.cli.demo import run as run_until_stopped
        from ovbot.proxies import spare_this_machine

    spare_this_machine()
    loop.run(run_until_stopped(port=port, browser=browser))


@sandbox.command("openvidu")
def sandbox_openvidu(
    secret: Annotated[str, typer.Option(help="The server's OPENVIDU_SECRET.")],
    host: _Host = "127.0.0.1",
    port: _Port = 4443,
    webhook: Annotated[str | None, typer.Option(help="Where its events are posted.")] = None,
    webhook_header: Annotated[
        list[str] | None, typer.Option(help="'Name: value', sent with every event; repeatable.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="Which server: seed, 2.15, 2.20, 2.31, 2.32 or v2compat.")
    ] = "seed",
    edition: Annotated[str, typer.Option(help="ce or pro.")] = "ce",
    tls: Annotated[bool, typer.Option(help="Serve https with a self-signed certificate.")] = False,
    cert_file: Annotated[
        Path | None, typer.Option(help="Where to write that certificate, for --tls.")
    ] = None,
    certificate: Annotated[
        str, typer.Option(help="named, or one that can only be pinned: proxy or inside.")
    ] = "named",
    cdr: Annotated[bool, typer.Option(help="Keep every event in the CDR's files too.")] = False,
    recording: Annotated[bool, typer.Option(help="Whether OPENVIDU_RECORDING is on.")] = True,
    deprecated_api: Annotated[
        str | None, typer.Option(help="on or off: also serve the paths of before 2.16.")
    ] = None,
) -> None:
    """Simulate an OpenVidu server, with a control surface under /_control."""
    _needs_the_sandbox()
    from ovbot.lean import without_decoration

    with without_decoration():
        from ovbot.cli import sandboxes

    asyncio.run(
        sandboxes.openvidu(
            host=host,
            port=port,
            secret=secret,
            webhook=webhook,
            webhook_headers=tuple(webhook_header or ()),
            profile=profile,
            edition=edition,
            tls=tls,
            cert_file=cert_file,
            certificate=certificate,
            cdr=cdr,
            recording=recording,
            deprecated_api=deprecated_api,
        )
    )


@sandbox.command("slack")
def sandbox_slack(
    host: _Host = "127.0.0.1",
    port: _Port = 8090,
    mode: Annotated[str, typer.Option(help="socket or http.")] = "socket",
    request_url: Annotated[
        str | None, typer.Option(help="The app's request URL, for --mode http.")
    ] = None,
    options_url: Annotated[
        str | None,
        typer.Option(help="Its Options Load URL; without it the request URL, none for no such."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="YAML file with other people and channels.")
    ] = None,
) -> None:
    """Run a local workspace with a page in the browser and a control surface under /_control."""
    _needs_the_sandbox()
    from ovbot.lean import without_decoration

    with without_decoration():
        from ovbot.cli import sandboxes

    asyncio.run(
        sandboxes.slack(
            host=host,
            port=port,
            mode=mode,
            request_url=request_url,
            options_url=options_url,
            config=config,
        )
    )
