"""A desk to type at: the real door, grammar, store and OpenVidu client, with a simulated server."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import httpx
import msgspec

from ovbot.clock import Clock, SystemClock
from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry
from ovbot.domain.hosts import hosts
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Button, Buttons, Paragraph, Reply, from_json
from ovbot.domain.workspace import Workspace
from ovbot.engine.allowed_hosts import Allowed
from ovbot.engine.context import Powers
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.pipeline import Door
from ovbot.engine.ports import ChatFailure, Joined, Lacking, Posted, Unsupported, Within
from ovbot.engine.registry import Registry
from ovbot.openvidu import Connection, OpenVidu
from ovbot.openvidu.broadcast_targets import targets
from ovbot.sandbox.openvidu import Simulator, SimulatorConfig
from ovbot.slack import present
from ovbot.store import audit, outbox
from ovbot.store.database import Database
from ovbot.store.deliveries import Listed, Status
from ovbot.subjects.hearers import BoundChannels
from ovbot.subjects.scheduled import Scheduler
from tests import fresh

TEAM = "T01SANDBOX"
ANA, BEN = "U01ANA", "U02BEN"
MODERATION, GENERAL = "C02MODERATION", "C01GENERAL"
SECRET = "MY_SECRET"
CAMERA_HOSTS = ("cam.test", "cam.example", "10.0.0.0/8")
BROADCAST_TARGETS = "youtube=rtmp://live.test/app/S3CR3T-KEY, twitch=rtmps://ingest.test/T0PKEY"
NODE_HOSTS = ("10.0.0.0/8", "172.16.0.0/12", "node.invalid")


class Told(msgspec.Struct, frozen=True):
    """One notice in the outbox."""

    channel: str
    audience: str
    reply: Reply

    @property
    def text(self) -> str:
        return self.reply.text


@dataclass
class DirectMessages:
    """A Chat that keeps what is told directly; everything else of the desk stays in the outbox."""

    told: list[Notice] = field(default_factory=list)
    failure: ChatFailure | None = None
    updated: list[tuple[Posted, Reply]] = field(default_factory=list)

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        raise AssertionError("only the outbox posts")

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        if self.failure is not None:
            raise self.failure
        self.updated.append((posted, reply))
        return posted

    async def find(
        self, notice: Notice, delivery_id: str, since_ms: int
    ) -> Posted | Unsupported | None:
        raise AssertionError("only the outbox looks")

    async def tell(self, notice: Notice, delivery_id: str) -> Posted:
        if self.failure is not None:
            raise self.failure
        self.told.append(notice)
        return Posted(notice.user, "1.0")


@dataclass
class Members:
    """A Directory of whom a test puts into channels."""

    of: dict[str, set[str]] = field(default_factory=dict)
    lacking: tuple[Lacking, ...] = ()
    unknown: set[str] = field(default_factory=set)
    """Channels of which it is not told who is in them."""

    async def joined(self, user: str, channels: Collection[str]) -> Joined:
        told = [channel for channel in channels if channel not in self.unknown]
        there = frozenset(name for name in told if user in self.of.get(name, ()))
        return Joined(there, len(channels) - len(told))


@dataclass
class Belonging:
    """A Roster of whom a test puts into user groups and channels."""

    of: dict[str, set[str]] = field(default_factory=dict)
    outsiders: dict[str, str | None] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)

    def within(self, user: str, subjects: Collection[str]) -> Within:
        fresh = [one for one in subjects if one not in self.stale]
        there = frozenset(one for one in fresh if user in self.of.get(one, ()))
        return Within(there, frozenset(subjects) & self.stale, self.outsiders.get(user, ""))

    def cannot(self, subject: str) -> str:
        return ""


@dataclass
class Desk:
    """What a test types and clicks at, and where it looks."""

    door: Door
    simulator: Simulator
    openvidu: OpenVidu
    store: Database
    direct: DirectMessages
    members: Members
    belonging: Belonging
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _read: int = 0

    async def type(
        self,
        text: str,
        *,
        user: str = ANA,
        channel: str = MODERATION,
        source: Source = Source.TYPED,
        interaction: str | None = None,
        panel: str = "",
        confirmed_ids: tuple[str, ...] | None = None,
    ) -> Reply | None:
        """Give a command and let it run to its end; returns what is answered directly."""
        asked = Invocation(
            actor=Actor(TEAM, user),
            channel=channel,
            text=text,
            interaction=interaction or f"trigger-{next(self._numbers)}",
            source=source,
            panel=panel,
            shows=bool(panel),
            confirmed_ids=confirmed_ids,
        )
        entered = await self.door.enter(asked)
        if entered.work is None:
            return _valid(entered.reply)
        return _valid((await entered.work()).reply)

    def given(self, **powers: object) -> None:
        """Have a door with other powers, named as in ``Powers``."""
        self.door = replace(self.door, powers=replace(self.door.powers, **powers))  # type: ignore[arg-type]

    async def told(self) -> list[Told]:
        """The notices since the last call; what only changes an earlier one is none."""
        waiting = await self._waiting()
        listed = [one for one in waiting if one.delivery.audience != Audience.AMENDS.value]
        new = listed[self._read :]
        self._read = len(listed)
        return [
            Told(
                item.delivery.channel,
                item.delivery.audience,
                present_checked(from_json(item.delivery.reply)),
            )
            for item in new
        ]

    async def now_says(self, told: str) -> Reply:
        """What the message that once said ``told`` says by now, in its first channel."""
        for one in await self._waiting():
            reply = from_json(one.delivery.reply)
            if one.delivery.audience == "channel" and reply.text.startswith(told):
                return present_checked(reply)
        raise AssertionError(f"nobody was told: {told}")

    async def _waiting(self) -> tuple[Listed, ...]:
        async with self.store.read() as tx:
            return await outbox.listed(tx, TEAM, Status.PENDING, limit=1000)

    async def told_one(self) -> Told:
        """The one notice since the last call."""
        told = await self.told()
        assert len(told) == 1, [one.text for one in told]
        return told[0]

    async def connections(self) -> list[Connection]:
        """Everybody who is connected to any session, by the real client."""
        ids = [each.session_id for each in await self.openvidu.sessions()]
        return [c for id_ in ids for c in (await self.openvidu.session(id_)).connections]

    async def audited(self) -> tuple[AuditEntry, ...]:
        """The newest action's entries."""
        async with self.store.read() as tx:
            return (await audit.latest(tx, TEAM, limit=1))[0]


def _valid(reply: Reply | None) -> Reply | None:
    return None if reply is None else present_checked(reply)


def present_checked(reply: Reply) -> Reply:
    """The reply, after it has been presented: nothing that is said is beyond Slack's limits."""
    made = present.message(reply)
    assert 0 < len(made.blocks) <= present.MESSAGE_BLOCKS
    return reply


def buttons(reply: Reply | None) -> list[Button]:
    """Every button of a reply, in order."""
    assert reply is not None
    found: list[Button] = []
    for part in reply.parts:
        if isinstance(part, Buttons):
            found += [*part.buttons, *part.more]
        elif isinstance(part, Paragraph):
            found += [*([part.button] if part.button else []), *part.menu]
    return found


def words(reply: Reply | None) -> str:
    """Everything a reply says, in one text."""
    assert reply is not None
    lines = [str(reply.text)]
    for part in reply.parts:
        lines.append(str(getattr(part, "text", "")))
        for name, value in getattr(part, "pairs", ()):
            lines.append(f"{name}: {value}")
    return "\n".join(lines)


@asynccontextmanager
async def open_desk(
    folder: Path,
    url: str = "",
    clock: Clock | None = None,
    /,
    *,
    patience: float = 1.0,
    **config: object,
) -> AsyncIterator[Desk]:
    """A desk with an empty simulated server and an empty database.

    ``patience``: of the client; a small one makes what does not answer cost little time.
    """
    store = Database(url or fresh.sqlite(folder / "desk.sqlite3"))
    await store.open()
    simulator = Simulator(SimulatorConfig(secret=SECRET, **config))  # type: ignore[arg-type]
    await simulator.start()
    transport = httpx.ASGITransport(app=simulator.app)
    openvidu = OpenVidu("http://openvidu.test", SECRET, transport=transport, patience=patience)
    await openvidu.start()
    direct, members, belonging = DirectMessages(), Members(), Belonging()
    door = Door(
        powers=Powers(
            commands=Registry.scan("ovbot.commands"),
            openvidu=openvidu,
            chat=direct,
            directory=members,
            roster=belonging,
            store=store,
            server="default",
            clock=clock or SystemClock(),
            allowed=Allowed(hosts(CAMERA_HOSTS), hosts(NODE_HOSTS)),
            broadcast_targets=targets(BROADCAST_TARGETS),
            hearers=BoundChannels(),
            planned=Scheduler(),
        ),
        workspace=Workspace(TEAM),
        admins=(ANA,),
    )
    try:
        yield Desk(door, simulator, openvidu, store, direct, members, belonging)
    finally:
        await openvidu.aclose()
        await simulator.stop()
        await store.close()
