"""``find``: a person in all the live sessions that somebody may see here.

OpenVidu: GET /openvidu/api/sessions, and each session that has anybody in it.
"""

import asyncio
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.binding import matches
from ovbot.domain.markup import code, md, visible, when
from ovbot.domain.names import folded
from ovbot.domain.reply import Button, Buttons, Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, OpenViduError
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.participants import display_name
from ovbot.subjects import pages, people
from ovbot.subjects.pages import Pages
from ovbot.subjects.panel import ShowArgs
from ovbot.subjects.unread import missing

PAGE = 10
"""People in one answer."""
MOST = 200
"""Sessions that are looked into for one question."""
_TOGETHER = 4
_PATIENCE = 15.0
"""Seconds for looking into all of them."""


class FindArgs(Args):
    name: Annotated[
        str,
        Arg(Kind.TEXT, "The name, or a part of it", rest=True),
        Field(min_length=1, max_length=80),
    ]
    match: Annotated[
        str | None, Opt(Kind.PATTERN, "Only in sessions whose id matches this glob")
    ] = None
    page: Annotated[
        int, Opt(Kind.COUNT, "Page of people, ten each"), Field(ge=1, le=pages.MOST)
    ] = 1


class Hit(msgspec.Struct, frozen=True):
    """Somebody who is called so, and where they are."""

    session: str
    connection: Connection


class Found(msgspec.Struct, frozen=True):
    """Who was found in how many sessions, and in how many it is not known whether they are."""

    hits: Pages[Hit]
    looked: int
    unread: int
    unreadable: int
    """People whose entries could not be read, in the sessions that were."""
    args: FindArgs
    read_at: int


async def run(args: FindArgs, context: Context) -> Found:
    listing = await context.openvidu.sessions()
    wanted = sorted(
        one.session_id
        for one in listing
        if one.people
        and context.access.sees(one.session_id)
        and (args.match is None or matches(args.match, one.session_id))
    )
    looks = await _look_into(wanted[:MOST], args, context)
    errors = [look for look in looks if isinstance(look, OpenViduError)]
    read = [look for look in looks if isinstance(look, _Look)]
    if errors and not read:
        raise errors[0]
    gone = sum(isinstance(error, SessionNotFound) for error in errors)  # ended meanwhile
    hits = [hit for look in read for hit in look.hits]
    typed = folded(args.name)
    hits.sort(key=lambda hit: (folded(display_name(hit.connection)) != typed, hit.session))
    return Found(
        hits=pages.part(hits, args.page, PAGE),
        looked=len(read),
        unread=len(wanted) - len(read) - gone,
        unreadable=sum(look.unreadable for look in read),
        args=args,
        read_at=context.clock.now_ms(),
    )


class _Look(msgspec.Struct, frozen=True):
    hits: tuple[Hit, ...] = ()
    unreadable: int = 0


async def _look_into(
    wanted: list[str], args: FindArgs, context: Context
) -> list[_Look | OpenViduError | None]:
    """Who is found in each session; its error where it cannot be read, None where time was over."""
    turn = asyncio.Semaphore(_TOGETHER)
    found: list[_Look | OpenViduError | None] = [None] * len(wanted)

    async def look(place: int, session: str) -> None:
        async with turn:
            try:
                found[place] = await _of_session(session, args.name, context)
            except OpenViduError as error:
                found[place] = error

    try:
        async with asyncio.timeout(_PATIENCE), asyncio.TaskGroup() as group:
            for place, session in enumerate(wanted):
                group.create_task(look(place, session))
    except TimeoutError:
        pass  # what was read by then is told, and what was not
    return found


async def _of_session(session: str, name: str, context: Context) -> _Look:
    found = await context.openvidu.session(session)
    typed, here = folded(name), context.openvidu.here
    return _Look(
        tuple(
            Hit(session, msgspec.structs.replace(one, created_at=here(one.created_at)))
            for one in found.connections
            if typed in folded(display_name(one))
        ),
        found.unreadable,
    )


def render(found: Found) -> Reply:
    total, name = found.hits.total or 0, visible(found.args.name, 80)
    where = counted(found.looked, "live session", "live sessions")
    said = md("Nobody is called “{}” in the {} that you may see here.", name, where)
    if total:
        who = counted(total, "person is", "people are").capitalize()
        said = md("{} called “{}”, in {} that you may see here.", who, name, where)
    parts: list[Part] = [Heading("People found"), Paragraph(said)] if total else [Paragraph(said)]
    parts += [_line(hit) for hit in found.hits.shown]
    parts += pages.controls(
        found.hits,
        "people",
        lambda number: format_command("find", found.args.model_copy(update={"page": number})),
    )
    if not total:
        parts.append(Buttons((Button("List sessions", "list"),)))
    if found.unread:
        text = ":warning: {} could not be looked into, so they may be there too."
        parts.append(Note(md(text, counted(found.unread, "session", "sessions").capitalize())))
    parts += missing(found.unreadable, total, "people")
    parts.append(Note(md("Read from OpenVidu {}", when(found.read_at, seconds=True))))
    return Reply(said, tuple(parts))


def _line(hit: Hit) -> Paragraph:
    text = md("{}\nin {}", people.line(None, hit.connection, ids=False), code(hit.session))
    name = display_name(hit.connection)
    show = ShowArgs(session=hit.session, find=name[:80])
    return Paragraph(text, Button(f"Show {name} in {hit.session}", format_command("show", show)))


FIND = Question(
    name="find",
    label="Find a person",
    summary="Find a person in all live sessions that you may see",
    args=FindArgs,
    needs=Role.VIEWER,
    about=About.SESSIONS,
    run=run,
    render=render,
)
