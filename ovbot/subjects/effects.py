"""What the outcomes of commands store besides themselves (see ``ovbot.engine.outcomes.Effect``)."""

import msgspec

from ovbot.domain.access_request import AccessRequest
from ovbot.domain.actor import OVBOT
from ovbot.domain.audit import AuditEntry
from ovbot.domain.ban import Ban
from ovbot.domain.binding import Binding
from ovbot.domain.disabled import Disabled
from ovbot.domain.grant import Gives, Grant
from ovbot.domain.markup import Markup, md, mention, when
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.engine.context import Context
from ovbot.engine.refusals import AlreadySo
from ovbot.store import (
    access_requests,
    bans,
    bindings,
    cards,
    disabled,
    grants,
    later,
    outbox,
    recordings,
)
from ovbot.store.cards import Card
from ovbot.store.database import Tx
from ovbot.store.later import Plan, State
from ovbot.store.recordings import Seen
from ovbot.subjects import announced, granting


class Bound(msgspec.Struct, frozen=True):
    """A channel is bound."""

    binding: Binding

    async def write(self, tx: Tx, _ended: AuditEntry, _context: Context) -> None:
        await bindings.add(tx, self.binding)


class Unbound(msgspec.Struct, frozen=True):
    """The channel of the action is bound to none of these patterns any more."""

    patterns: tuple[str, ...]

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        for pattern in self.patterns:
            await bindings.remove(tx, ended.team, ended.server, ended.channel, pattern)


class Followed(msgspec.Struct, frozen=True):
    """A card follows a session; delivery posts it."""

    card: Card

    async def write(self, tx: Tx, _ended: AuditEntry, _context: Context) -> None:
        await cards.open_card(tx, self.card)


class Started(msgspec.Struct, frozen=True):
    """A recording that an action started: remembered for "recorded by".

    ``created_at``: ms, by OpenVidu's clock. ``sure``: OpenVidu said so, and it was not merely found
    running afterwards.
    """

    recording: str
    created_at: int
    session: str
    sure: bool = True

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        await recordings.remember_start(
            tx,
            team=ended.team,
            server=ended.server,
            recording=self.recording,
            created_at=self.created_at,
            session=self.session,
            started_by=ended.actor if self.sure else OVBOT,
        )


class Unbegun(msgspec.Struct, frozen=True):
    """A recording that an action could not start: whatever is seen of it is told with the outcome.

    ``since``: when the action began, ms. ``recording``: what OpenVidu lists of it, if anything.
    """

    session: str
    since: int
    recording: Seen | None = None

    async def write(self, tx: Tx, ended: AuditEntry, context: Context) -> None:
        if self.recording is not None:
            await recordings.advance(tx, server=ended.server, seen=self.recording, at=ended.at)
        await recordings.tell_unbegun(
            tx,
            team=ended.team,
            server=ended.server,
            session=self.session,
            since=context.openvidu.there(self.since),  # recordings are dated by OpenVidu's clock
            started_by=ended.actor,
            at=ended.at,
        )


class Deleted(msgspec.Struct, frozen=True):
    """Recordings are gone (by their keys): what told of them offers nothing more."""

    keys: tuple[str, ...]

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        for key in self.keys:
            await announced.deleted(tx, ended, key)


class Scheduled(msgspec.Struct, frozen=True):
    """A command will enter the door later, instead of what waits for the same."""

    plan: Plan

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        plan = self.plan
        before = await later.newest(tx, plan.team, plan.server, plan.verb, plan.about)
        if before is not None and before.state is State.WAITING and before.ref != plan.ref:
            says = md("Replaced {} by what {} announced.", when(ended.at), mention(plan.actor))
            await announced.over(tx, before, says, cause=f"{ended.ref}:{before.id}", at=ended.at)
        await later.add(tx, plan)


class ScheduledAgain(msgspec.Struct, frozen=True):
    """The plan that brought this is not over: it is planned anew."""

    plan: Plan

    async def write(self, tx: Tx, _ended: AuditEntry, _context: Context) -> None:
        await later.again(tx, self.plan)


class Overtaken(msgspec.Struct, frozen=True):
    """A plan was done before its time; ``left`` is what of it goes on."""

    plan: Plan
    left: Plan | None = None

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        says = md("{} did it {}.", mention(ended.actor), when(ended.at))
        await announced.call_off(tx, self.plan, self.left, says, at=ended.at, by=ended.ref)


class Banned(msgspec.Struct, frozen=True):
    """A person is banned, instead of a ban before."""

    ban: Ban

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        replaced = await bans.add(tx, self.ban)
        team, server = ended.team, ended.server
        await announced.unbanned(tx, team, server, replaced, at=ended.at, replaced=True)


class Lifted(msgspec.Struct, frozen=True):
    """Bans are over, by their numbers."""

    bans: tuple[int, ...]

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        await bans.lift(tx, self.bans, at=ended.at, by=ended.actor)
        await announced.unbanned(tx, ended.team, ended.server, self.bans, at=ended.at)


class BanCarriedOut(msgspec.Struct, frozen=True):
    """Somebody banned came back and was removed once more."""

    ban: int

    async def write(self, tx: Tx, _ended: AuditEntry, _context: Context) -> None:
        await bans.carried_out(tx, self.ban)


class Given(msgspec.Struct, frozen=True):
    """Somebody is given something, and a person hears of it."""

    grant: Grant
    told: Reply

    async def write(self, tx: Tx, ended: AuditEntry, context: Context) -> None:
        await grants.add(tx, self.grant)
        await granting.must_leave_an_admin_now(tx, ended, context)
        await _tell(tx, ended, self.grant, self.told)


class TakenBack(msgspec.Struct, frozen=True):
    """Grants hold no more, and whoever had them hears of it."""

    ended: tuple[Grant, ...]
    told: Reply

    async def write(self, tx: Tx, ended: AuditEntry, context: Context) -> None:
        numbers = [grant.id for grant in self.ended]
        team, server = ended.team, ended.server
        over = await grants.end(tx, team, server, numbers, at=ended.at, by=ended.actor)
        if not over:
            raise AlreadySo("Somebody else has removed that just now.")
        if any(grant.gives is Gives.ADMIN for grant in self.ended):
            await granting.must_leave_an_admin_now(tx, ended, context)
        for grant in [grant for grant in self.ended if grant.id in over][:1]:
            await _tell(tx, ended, grant, self.told)


async def _tell(tx: Tx, ended: AuditEntry, grant: Grant, told: Reply) -> None:
    """By direct message, unless they did it themselves."""
    if grant.is_personal and grant.subject != ended.actor:
        whom = grant.subject
        notice = Notice(channel=whom, key=f"grant:{ended.ref}", reply=told, user=whom)
        await outbox.add(tx, ended.team, ended.server, ended.at, [notice])


class Requested(msgspec.Struct, frozen=True):
    """Somebody asks for a role, and those who can give it hear of that."""

    request: AccessRequest
    told: Reply
    deciders: tuple[str, ...]

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        await access_requests.add(tx, self.request)
        notices = [
            Notice(channel=user, key=f"asked:{ended.ref}", reply=self.told, user=user)
            for user in self.deciders
        ]
        await outbox.add(tx, ended.team, ended.server, ended.at, notices)


class Disables(msgspec.Struct, frozen=True):
    """An operation is switched off, and the other admins hear of it."""

    disabled: Disabled
    told: Reply
    admins: tuple[str, ...]

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        if not await disabled.add(tx, self.disabled):
            raise AlreadySo("Somebody else has switched that off just now.")
        await _tell_each(tx, ended, self.admins, self.told)


class Enables(msgspec.Struct, frozen=True):
    """The same works again, and the other admins hear of it."""

    what: str
    told: Reply
    admins: tuple[str, ...]

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        of = (ended.team, ended.server, self.what)
        if not await disabled.end(tx, *of, at=ended.at, by=ended.actor):
            raise AlreadySo("Somebody else has switched that on just now.")
        await _tell_each(tx, ended, self.admins, self.told)


async def _tell_each(tx: Tx, ended: AuditEntry, whom: tuple[str, ...], told: Reply) -> None:
    notices = [
        Notice(channel=user, key=f"switched:{ended.ref}", reply=told, user=user)
        for user in whom
        if user != ended.actor
    ]
    await outbox.add(tx, ended.team, ended.server, ended.at, notices)


class Decided(msgspec.Struct, frozen=True):
    """A request is decided, and whoever asked hears of it. Where it was given, so by ``grant``.

    Everybody who was asked sees in their own message who decided it, and what: its buttons go.
    """

    request: AccessRequest
    grant: Grant | None
    told: Reply
    says: Markup

    async def write(self, tx: Tx, ended: AuditEntry, context: Context) -> None:
        given = self.grant is not None
        ref, by = self.request.ref, ended.actor
        if not await access_requests.decide(tx, ref, at=ended.at, by=by, given=given):
            raise AlreadySo("Somebody else has decided that just now.")
        if self.grant is not None:
            await grants.add(tx, self.grant)
        whom = self.request.actor
        notice = Notice(channel=whom, key=f"decided:{ref}", reply=self.told, user=whom)
        await outbox.add(tx, ended.team, ended.server, ended.at, [notice])
        await announced.answered(tx, ended, f"asked:{ref}", "decide", self.says)
