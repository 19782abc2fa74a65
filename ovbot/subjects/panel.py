"""The control panel of one session: its people, numbered, and what can be done at hand.

``show`` answers with it, and a live card shows it. Reading is apart from rendering, which is pure.
"""

from collections import Counter
from functools import cached_property
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.ban import Ban
from ovbot.domain.markup import Markup, code, exact, join, md, mention, when
from ovbot.domain.names import folded
from ovbot.domain.reply import (
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Rule,
)
from ovbot.domain.words import counted, duration
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu import Connection, OpenVidu, Session
from ovbot.openvidu.participants import display_name
from ovbot.store.later import Plan
from ovbot.subjects import banning, details, panel_controls, people, ways_out
from ovbot.subjects.condition import Condition, Recorded
from ovbot.subjects.noticing import or_none
from ovbot.subjects.unread import missing

BANS = 5
"""Bans that a panel shows, the newest first."""
PAGE = 10
"""People on a page: a screen and a half of a phone."""


class ShowArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to show")] = None
    find: Annotated[
        str | None,
        Opt(Kind.TEXT, "Only people whose name has this in it", ("filter",)),
        Field(max_length=80),
    ] = None
    page: Annotated[int, Opt(Kind.COUNT, "Page of people, ten each"), Field(ge=1, le=1000)] = 1
    person: Annotated[
        str | None,
        Opt(
            Kind.PARTICIPANT,
            "Everything about one person: number, part of the name, or id",
            menu="Everything about this person",
        ),
    ] = None
    streams: Annotated[bool, Opt(Kind.FLAG, "Show stream and connection ids")] = False
    details: Annotated[bool, Opt(Kind.FLAG, "Show everything that OpenVidu tells")] = False
    share: Annotated[bool, Opt(Kind.FLAG, "Post the answer to the channel")] = False


class View(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is rendered: the session as it was read at ``read_at``, people in their order.

    ``condition``: how it stands with it. ``node`` is "" where OpenVidu did not tell. ``closes`` is
    the announced closing, ``banned`` the bans that hold.
    ``card``: it is seen by many and for long, so it has no numbers (one counts in the list that a
    person was shown last) and no lengths of time.
    """

    session: Session
    args: ShowArgs
    role: Role
    read_at: int
    condition: Condition = Condition(Recorded.NO)
    node: str = ""
    closes: Plan | None = None
    banned: tuple[Ban, ...] = ()
    card: bool = False
    person: Connection | None = None
    """The one that is asked about; None for all of them."""
    broadcasts: bool = False
    """Whether there is anything to broadcast to."""
    ahead: int = 0
    """Milliseconds by which OpenVidu's clock is ahead, of streams' times."""

    @cached_property
    def found(self) -> list[tuple[int, Connection]]:
        """Who is asked for, each with the number that they have in the whole list."""
        numbered = enumerate(self.session.connections, start=1)
        if not self.args.find:
            return list(numbered)
        wanted = folded(self.args.find)
        return [(n, c) for n, c in numbered if wanted in folded(display_name(c))]

    @cached_property
    def names(self) -> Counter[str]:
        """How often each name is there."""
        return Counter(map(display_name, self.session.connections))

    @cached_property
    def whose(self) -> dict[str, Markup]:
        """Whose each stream is, by its id."""
        return details.streams_of(self.session)

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.found) // PAGE))

    @property
    def size(self) -> int:
        """How many people are on a page."""
        return PAGE

    @property
    def page(self) -> int:
        """The page that is shown: the last one, where there are fewer than was asked for."""
        return min(self.args.page, self.pages)

    @property
    def acts(self) -> bool:
        """Whether the buttons of moderators are shown."""
        return self.role >= Role.MODERATOR and not self.args.share


def in_order(session: Session) -> Session:
    """The session with its people as they are numbered: who came first is 1."""
    ordered = sorted(session.connections, key=lambda c: (c.created_at, c.connection_id))
    return msgspec.structs.replace(session, connections=tuple(ordered))


def ours(session: Session, openvidu: OpenVidu) -> Session:
    """The session in order, with its times by our clock. It is for people: what tells it from
    another one is its time by OpenVidu's."""
    there = in_order(session)
    people = tuple(
        msgspec.structs.replace(c, created_at=openvidu.here(c.created_at), active_at=None)
        for c in there.connections
    )
    begun = openvidu.here(session.created_at)
    return msgspec.structs.replace(there, created_at=begun, connections=people)


async def node_of(session: Session, openvidu: OpenVidu) -> str:
    """The media node that carries the session; "" on Community, which has none.

    2.15 does not say it of the session, so that there all media nodes are asked for.
    """
    if session.media_node_id:
        return session.media_node_id
    nodes = await or_none(openvidu.media_nodes(sessions=True)) or ()
    wanted = session.session_id
    carrying = (n.id for n in nodes if any(s.session_id == wanted for s in n.sessions))
    return next(carrying, "")


def render(view: View) -> Reply:
    if view.person is not None:
        return panel_controls.of_person(view, view.person)
    session = view.session
    live = "is live" if session.connections or session.unreadable else "is open"
    recorded = view.condition.recorded in panel_controls.RECORDS
    recording = ", and is being recorded" if recorded else ""
    recording += ", and is being broadcast" if session.broadcasting else ""
    text = md("Session {} {} with {}{}.", exact(session.session_id), live, _who(session), recording)
    parts: list[Part] = [Heading(f"Session {session.session_id}"), _state(view)]
    if view.args.details:
        parts.append(Facts(details.of_session(session)))
    if problem := ways_out.of_session(session.session_id, view.condition):
        text = md("{} {}", text, problem)
        parts.append(Paragraph(md(":warning: {}", problem)))
    if not view.args.share:
        # above the people: a page of these is longer than a phone
        parts.append(panel_controls.controls(view))
    parts += _people(view)
    parts += missing(session.unreadable, len(session.connections), "people")
    parts += _bans(view)
    parts.append(panel_controls.read_at(view))
    return Reply(text, tuple(parts), again=panel_controls.question(view, view.page))


def _who(session: Session) -> str:
    cameras = sum(c.is_ip_camera for c in session.connections)
    persons = counted(people.everybody(session), "participant", "participants")
    return f"{persons} and {counted(cameras, 'IP camera', 'IP cameras')}" if cameras else persons


def _state(view: View) -> Paragraph:
    """How it stands, in a line; what is about to happen to it is another."""
    session = view.session
    cameras = sum(c.is_ip_camera for c in session.connections)
    publishing = sum(bool(c.publishers) for c in session.connections) - cameras
    there = people.everybody(session)
    said = [
        md("Open since {}", _since(session.created_at, view)),
        md("{} {} ({} sending)", there, "person" if there == 1 else "people", publishing),
    ]
    if cameras:
        said.append(md("{} IP {}", cameras, "camera" if cameras == 1 else "cameras"))
    said.append(_recording(view))
    if session.broadcasting:
        said.append(Markup(":satellite_antenna: being broadcast"))
    if view.node:
        said.append(md("media node {}", code(view.node)))
    if view.args.details or exact(session.session_id) != session.session_id:
        said.append(md("id {}", code(session.session_id)))
    text = join(" · ", said)
    if plan := view.closes:
        closes = md("Closes {} ({})", when(plan.due_at), mention(plan.actor))
        text = md("{}\n:hourglass_flowing_sand: {}", text, closes)
    return Paragraph(text)


def _since(at: int, view: View) -> Markup:
    """A moment; the day goes without saying where that was hours ago. A card stays for days."""
    return when(at, day=view.card or view.read_at - at > people.CLEAR)


def _recording(view: View) -> Markup:
    said = ways_out.states(view.condition)
    if view.condition.recorded is not Recorded.YES or view.condition.since is None:
        return join(", ", said) or Markup("not recording")
    since = _since(view.condition.since, view)
    if view.card:
        return md("{} since {}", join(", ", said), since)
    length = duration((view.read_at - view.condition.since) / 1000)
    return md("{} for {}, since {}", join(", ", said), length, since)


def _people(view: View) -> list[Part]:
    everybody, found = view.session.connections, view.found
    if not everybody and view.session.unreadable:
        return []
    if not everybody:
        return [Paragraph(Markup("Nobody is here. People appear as they join."))]
    parts: list[Part] = [Rule()]
    if not found:
        said = md("Nobody here has “{}” in their name.", view.args.find or "")
        return [*parts, Paragraph(said), *panel_controls.paging(view)]
    first = (view.page - 1) * PAGE
    page = found[first : first + PAGE]
    if len(everybody) > PAGE or view.args.find:
        shown = md("{} to {} of {}", first + 1, first + len(page), len(found))
        named = md(" with “{}” in their name", view.args.find) if view.args.find else Markup("")
        parts.append(Note(md("People {}{}", shown, named)))
    parts += [_person(number, connection, view) for number, connection in page]
    return [*parts, *panel_controls.paging(view)]


def _person(number: int, connection: Connection, view: View) -> Part:
    """Two short lines and a menu: ten people are a screen and a half of a phone."""
    numbered = not view.card and not view.args.share
    text = people.line(
        number if numbered else None,
        connection,
        ids=view.args.streams,
        now=None if view.card else view.read_at,
        others=view.session.connections,
    )
    if view.args.details:
        more = details.of_person(connection, view.whose, view.ahead, personal=view.acts)
        text = md("{}\n{}", text, more)
    if not view.acts:
        return Paragraph(text)
    name = display_name(connection)
    if view.names[name] > 1:
        name = f"{name} ({number if numbered else people.tail(connection)})"
    return Paragraph(text, menu=people.menu(connection, view.session.session_id, name))


def _bans(view: View) -> list[Part]:
    """Who is banned, with a button each; more are counted."""
    if not view.acts or not view.banned:
        return []
    shown = view.banned[-BANS:][::-1]
    parts: list[Part] = [Paragraph(banning.line(b), banning.lift_button([b])) for b in shown]
    if more := len(view.banned) - len(shown):
        parts.append(Note(md("… and {} more banned: unban lifts a ban by its name.", more)))
    return [Rule(), *parts]
