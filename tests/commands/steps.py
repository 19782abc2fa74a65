"""What several conversations do: trouble at OpenVidu, a form, a process that is killed."""

from typing import NoReturn

import httpx
import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry
from ovbot.domain.reply import Button, Reply
from ovbot.engine.forms import Form
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.recover import recover
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import parse, partial, split_command
from tests.desk import ANA, MODERATION, TEAM, Desk


class Killed(BaseException):
    """The process ends here."""


def whom(button: Button) -> str:
    """The connection that a button of a panel is about."""
    return button.command.removesuffix(" ?").split()[-1]


async def fault(desk: Desk, operation: str, kind: str, **more: object) -> None:
    """Ask the simulator for trouble, as its control surface takes it."""
    transport = httpx.ASGITransport(app=desk.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://openvidu.test") as client:
        body = {"operation": operation, "fault": kind, "times": 1, **more}
        answer = await client.post("/_control/faults", json=body)
        assert answer.status_code == 200, answer.text


async def control(desk: Desk, path: str, **body: object) -> None:
    """What no client could do to the simulated server."""
    transport = httpx.ASGITransport(app=desk.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://openvidu.test") as client:
        answer = await client.post(f"/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text


async def form(desk: Desk, text: str, *, user: str = ANA, channel: str = MODERATION) -> Form:
    """The form that a command opens, with the consequences that were read for it."""
    asked = Invocation(actor=Actor(TEAM, user), channel=channel, text=text, interaction=text)
    entered = await desk.door.enter(asked)
    assert entered.work is None
    assert entered.fill is not None, entered.reply
    return await entered.fill()


async def submit(
    desk: Desk,
    text: str,
    *,
    user: str = ANA,
    channel: str = MODERATION,
    after: Form | None = None,
) -> Reply | None:
    """Submit a form whose fields make this command; ``after`` what it told."""
    confirmed_ids = None if after is None else after.confirmed_ids
    return await desk.type(
        text, user=user, channel=channel, source=Source.FORM, confirmed_ids=confirmed_ids
    )


async def killed(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    text: str,
    *,
    form: bool = False,
    after: Form | None = None,
) -> None:
    """Give a command, and end the process the moment that OpenVidu's ``method`` is called."""

    async def end(*_args: object, **_more: object) -> NoReturn:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), method, end)
        source = Source.FORM if form or after is not None else Source.TYPED
        confirmed_ids = None if after is None else after.confirmed_ids
        with pytest.raises((Killed, BaseExceptionGroup)):  # alone, or of several at once
            await desk.type(text, source=source, confirmed_ids=confirmed_ids)


async def started_again(desk: Desk) -> AuditEntry:
    """Start after a crash: the outcome with which the open action was closed."""
    assert await recover(desk.door, TEAM) == 1
    return (await desk.audited())[-1]


def reads_back(desk: Desk, button: Button) -> str:
    """The name of the command that a button gives; it must be understood whole."""
    tokens = tokenize(button.command)
    found = split_command(tokens, desk.door.powers.commands.names)
    assert found is not None, button.command
    command, rest, _name = found
    if rest and rest[-1].text == "?":
        partial(command.args, rest[:-1])  # the form asks for what is missing
    else:
        parse(command.args, rest)
    return command.name
