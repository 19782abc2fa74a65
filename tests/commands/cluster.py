"""A desk before an OpenVidu Pro cluster: forms are submitted, faults are asked for, roles given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from ovbot.domain.actor import Actor, Role
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.engine.access import Access
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.recover import recover
from ovbot.openvidu.models import MediaNode
from ovbot.store import audit
from tests.desk import ANA, MODERATION, TEAM, Desk, Told, open_desk

ON_PREMISES = "ws://10.0.0.7:8888/kurento"


@asynccontextmanager
async def cluster(folder: Path, **config: Any) -> AsyncIterator[Desk]:
    """A desk with a Pro server."""
    async with open_desk(folder, edition="pro", **config) as desk:
        yield desk


async def submit(desk: Desk, text: str, *, user: str = ANA, channel: str = MODERATION) -> Told:
    """Submit a command's form; returns what is told of it where it was asked."""
    assert await desk.type(text, user=user, channel=channel, source=Source.FORM) is None
    told = await desk.told()
    return next(one for one in told if one.channel == channel)


async def consequences(desk: Desk, text: str, user: str = ANA) -> str:
    """What a command's form says before it is submitted."""
    asked = Invocation(
        actor=Actor(TEAM, user), channel=MODERATION, text=text, interaction=f"form-{text}"
    )
    entered = await desk.door.enter(asked)
    assert entered.work is None
    assert entered.fill is not None
    return (await entered.fill()).text


async def nodes(desk: Desk) -> list[MediaNode]:
    """The media nodes as the server has them."""
    return list(await desk.openvidu.media_nodes(sessions=True))


async def only(desk: Desk) -> str:
    """The id of the only media node."""
    (node,) = await nodes(desk)
    return node.id


async def statuses(desk: Desk) -> list[str]:
    return [node.status for node in await nodes(desk)]


async def control(desk: Desk, path: str, **body: object) -> None:
    """Do what no client could, by the simulator's control surface."""
    transport = httpx.ASGITransport(app=desk.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://openvidu.test") as client:
        answer = await client.post(f"/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text


async def fault(desk: Desk, operation: str, kind: str, **more: object) -> None:
    """Ask for trouble."""
    await control(desk, "faults", **{"operation": operation, "fault": kind, "times": 1, **more})


async def answered(desk: Desk) -> tuple[Outcome | None, str]:
    """How the newest action ended, and what OpenVidu answered to it."""
    last = (await desk.audited())[-1]
    return last.outcome, last.answer


def give(monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """Everybody has this role in every channel, and sees every session."""
    monkeypatch.setattr(Access, "here", property(lambda _access: role))
    monkeypatch.setattr(Access, "most", property(lambda _access: role))
    monkeypatch.setattr(Access, "on", lambda _access, _session: role)


async def crashed(desk: Desk, text: str, *, target: str, detail: str) -> AuditEntry:
    """ovbot is stopped after the attempt was recorded and starts again; the outcome of that."""
    asked = Invocation(
        actor=Actor(TEAM, ANA),
        channel=MODERATION,
        text=text,
        interaction=f"crash-{text}",
        source=Source.FORM,
    )
    entered = await desk.door.enter(asked)
    assert entered.work is not None
    async with desk.store.begin() as tx:
        (intent,) = await audit.of_ref(tx, entered.ref)
        await audit.append(
            tx,
            msgspec.structs.replace(
                intent, phase=Phase.ATTEMPT, interaction=None, target=target, detail=detail
            ),
        )
    assert await recover(desk.door, TEAM) == 1
    async with desk.store.read() as tx:
        return (await audit.of_ref(tx, entered.ref))[-1]
