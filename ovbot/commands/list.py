"""``list``: the sessions that this person may see here."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.binding import matches
from ovbot.domain.markup import Markup, join, md, title_of, when
from ovbot.domain.reply import Button, Buttons, Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.calls import call
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.grammar.args import Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import ListedSession, Recording
from ovbot.subjects import noticing, pages, ways_out
from ovbot.subjects.condition import Condition
from ovbot.subjects.pages import Pages
from ovbot.subjects.unread import missing

SHOWN = 20
"""Sessions with a button each; more are counted in words."""


class ListArgs(Args):
    match: Annotated[str | None, Opt(Kind.PATTERN, "Only ids that match this glob")] = None
    recording: Annotated[bool, Opt(Kind.FLAG, "Only sessions being recorded")] = False
    empty: Annotated[bool, Opt(Kind.FLAG, "Only sessions without people")] = False
    min: Annotated[
        int | None, Opt(Kind.COUNT, "Only sessions with at least N people"), Field(ge=0)
    ] = None
    sort: Annotated[Literal["people", "age", "name"], Opt(Kind.WORD, "Order of the list")] = (
        "people"
    )
    page: Annotated[
        int, Opt(Kind.COUNT, "Page of sessions, twenty each"), Field(ge=1, le=pages.MOST)
    ] = 1
    share: Annotated[bool, Opt(Kind.FLAG, "Post the answer to the channel")] = False


class Listing(msgspec.Struct, frozen=True):
    """A part of the sessions in scope that match, in order, with how it stands with each, how many
    there are in scope at all, and how many could not be read."""

    sessions: Pages[ListedSession]
    conditions: tuple[Condition, ...]
    in_scope: int
    args: ListArgs
    role: Role
    read_at: int
    unreadable: int = 0


async def run(args: ListArgs, context: Context) -> Listing:
    everything = await context.openvidu.sessions()
    seen = [s for s in everything if context.access.sees(s.session_id)]
    chosen = [session for session in seen if _wanted(session, args)]
    keys = {
        "people": lambda s: (-s.people, s.session_id),
        "age": lambda s: (s.created_at, s.session_id),
        "name": lambda s: (0, s.session_id),
    }
    chosen.sort(key=keys[args.sort])
    now = context.clock.now_ms()
    part = pages.part(chosen, args.page, SHOWN)
    conditions = await _conditions(part.shown, context, now)
    here = context.openvidu.here
    shown = tuple(msgspec.structs.replace(s, created_at=here(s.created_at)) for s in part.shown)
    ours = msgspec.structs.replace(part, shown=shown)
    # Whose they are is not known, so that only who sees everything hears how many they are.
    unreadable = everything.unreadable if context.access.is_admin else 0
    return Listing(ours, conditions, len(seen), args, context.access.most, now, unreadable)


async def _conditions(
    sessions: Sequence[ListedSession], context: Context, now: int
) -> tuple[Condition, ...]:
    recordings: Sequence[Recording] | None = ()
    if any(session.recording for session in sessions):
        recordings = await noticing.or_none(context.openvidu.recordings())
    found = await noticing.of_sessions(
        sessions, recordings, context.openvidu, context.store, context.server, now
    )
    return tuple(found)


def _wanted(session: ListedSession, args: ListArgs) -> bool:
    return (
        (args.match is None or matches(args.match, session.session_id))
        and (not args.recording or session.recording)
        and (not args.empty or not session.people)
        and (args.min is None or session.people >= args.min)
    )


def render(listing: Listing) -> Reply:
    sessions = listing.sessions
    checked = Note(md("Read from OpenVidu {}", when(listing.read_at, seconds=True)))
    if not sessions.shown:
        return _nothing(listing, checked)
    text = md("There {} {}.", *_count(sessions.total or 0))
    parts: list[Part] = [Heading("Live sessions")]
    shown = zip(sessions.shown, listing.conditions, strict=True)
    parts += [_line(session, condition, listing.args.share) for session, condition in shown]
    parts += pages.controls(sessions, "sessions", _page_of(listing), shared=listing.args.share)
    if not listing.args.share:
        again = format_command("list", listing.args)
        buttons = (Button("Find sessions", f"{again} ?"), Button("Refresh the list", again))
        parts.append(Buttons(buttons))
    lacks = missing(listing.unreadable, listing.in_scope, "sessions")
    return Reply(text, (*parts, *lacks, checked))


def _page_of(listing: Listing) -> Callable[[int], str]:
    return lambda number: format_command("list", listing.args.model_copy(update={"page": number}))


def _count(number: int) -> tuple[str, str]:
    verb = "is" if number == 1 else "are"
    return verb, counted(number, "live session", "live sessions")


def _nothing(listing: Listing, checked: Note) -> Reply:
    if listing.in_scope:
        text = md(
            "No live session matches; there {} {} without the filter.", *_count(listing.in_scope)
        )
        buttons: tuple[Button, ...] = (Button("List all sessions", "list"),)
    elif listing.unreadable:
        text = Markup("There are live sessions, but none of them could be read.")
        buttons = (Button("Refresh the list", format_command("list", listing.args)),)
    else:
        text = Markup("There are no live sessions that you may see here.")
        buttons = (Button("Refresh the list", format_command("list", listing.args)),)
        if listing.role >= Role.OPERATOR:
            text = Markup("There are no live sessions. Create one with /openvidu create NAME.")
            buttons = (Button("Create a session", "create ?"), *buttons)
    lacks = missing(listing.unreadable, listing.in_scope, "sessions")
    return Reply(text, (Paragraph(text), *lacks, Buttons(buttons), checked))


def _line(session: ListedSession, condition: Condition, shared: bool) -> Paragraph:
    state = join("", [md(" · {}", each) for each in ways_out.states(condition)])
    text = md(
        "{}\n{}{} · since {}",
        title_of(session.session_id),
        counted(session.people, "person", "people"),
        state,
        when(session.created_at),
    )
    if condition.since and condition.is_stuck:
        text = text + md(" · noticed {}", when(condition.since))
    if shared:
        return Paragraph(text)
    if not session.is_addressable:
        return Paragraph(text + Markup("\nIts id is too long: only its application can end it."))
    button = Button(f"Show {session.session_id}", call("show", session=session.session_id))
    return Paragraph(text, button)


LIST = Question(
    name="list",
    label="List sessions",
    summary="List the live sessions",
    args=ListArgs,
    needs=Role.VIEWER,
    about=About.SESSIONS,
    run=run,
    render=render,
    aliases=("ls",),
)
