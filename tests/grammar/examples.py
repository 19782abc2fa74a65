"""Arguments of the shapes the real commands have."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.values import Duration

PARTICIPANT_HELP = "Their number in the list, a part of the name, or con_…"


class Event(StrEnum):
    """What a channel can be told."""

    SESSION = "session"
    PARTICIPANTS = "participants"
    RECORDINGS = "recordings"


class KickArgs(Args):
    """``kick [S] P [reason…]``."""

    session: Annotated[str | None, Arg(Kind.SESSION, "The session")] = None
    participant: Annotated[str, Arg(Kind.PARTICIPANT, PARTICIPANT_HELP)]
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why", rest=True)] = None
    ban: Annotated[Duration | Literal["perm"] | None, Opt(Kind.DURATION, "For how long")] = None
    dry_run: Annotated[bool, Opt(Kind.FLAG, "Only say what would happen")] = False


class EitherArgs(Args):
    """``kick [S] P [reason…]`` or ``kick [S] --match GLOB``."""

    session: Annotated[str | None, Arg(Kind.SESSION, "The session")] = None
    who: Annotated[str | None, Arg(Kind.PARTICIPANT, "One of them", instead="match")] = None
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why", rest=True, keyed=True)] = None
    match: Annotated[str | None, Opt(Kind.PATTERN, "Whose name fits")] = None


class SignalArgs(Args):
    """``signal [S] TEXT``."""

    session: Annotated[str | None, Arg(Kind.SESSION, "The session")] = None
    text: Annotated[str, Arg(Kind.TEXT, "What to say", rest=True)]
    to: Annotated[tuple[str, ...], Opt(Kind.PARTICIPANT, "Only to these", ("only",))] = ()
    type: Annotated[str, Opt(Kind.TOPIC, "The signal's type")] = "chat"


class BindArgs(Args):
    """``bind S|GLOB [events…]``."""

    pattern: Annotated[str, Arg(Kind.PATTERN, "A session or a glob")]
    events: Annotated[tuple[Event, ...], Arg(Kind.TOPIC, "What to tell", many=True)] = ()


class CreateArgs(Args):
    """``create [S]``."""

    session: Annotated[str | None, Arg(Kind.SESSION, "The session")] = None
    record: Annotated[Literal["manual", "always"], Opt(Kind.WORD, "When to record")] = "manual"
    layout: Annotated[
        str | None, Field(pattern="^(best_fit|custom:.+)$"), Opt(Kind.WORD, "best_fit or custom:…")
    ] = None
    people: Annotated[int | None, Field(ge=1, le=800), Opt(Kind.COUNT, "At most so many")] = None
    adaptive: Annotated[bool, Opt(Kind.FLAG, "Adapt the bitrate")] = True
    bind: Annotated[bool, Opt(Kind.FLAG, "Bind this channel")] = False


class OddArgs(Args):
    """Every argument may be left out, and some have defaults that are not nothing."""

    first: Annotated[str | None, Arg(Kind.WORD, "First")] = "one"
    session: Annotated[str | None, Arg(Kind.SESSION, "The session")] = None
    second: Annotated[str | None, Arg(Kind.WORD, "Second")] = None
    words: Annotated[tuple[str, ...], Arg(Kind.WORD, "More", many=True)] = ("a", "b")
    note: Annotated[str | None, Opt(Kind.TEXT, "A note")] = "none"
    sizes: Annotated[tuple[int, ...], Opt(Kind.COUNT, "Sizes")] = (1, 2)
    no_record: Annotated[bool, Opt(Kind.FLAG, "Do not record")] = False


class RestartArgs(Args):
    """``restart KEY=VALUE…``."""

    settings: Annotated[
        tuple[Annotated[str, Field(pattern="^OPENVIDU_[A-Z_]+=.*$")], ...],
        Arg(Kind.SETTING, "KEY=VALUE", many=True),
    ]


class CameraArgs(Args):
    """``camera [S] rtsp://…``."""

    session: Annotated[str | None, Arg(Kind.SESSION, "The session")] = None
    uri: Annotated[str, Field(pattern="^rtsps?://"), Arg(Kind.URI, "rtsp://…")]
