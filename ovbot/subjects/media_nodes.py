"""Media nodes, as the node commands share them: which one is meant, and what may be asked of it.

OpenVidu Pro: REST API Pro, "/media-nodes"; "Scalability", "Media Node statuses".
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, code, join, md
from ovbot.domain.reply import Button, Style
from ovbot.domain.words import counted
from ovbot.engine.access import Access
from ovbot.engine.context import Context
from ovbot.engine.refusals import Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Kind, Opt
from ovbot.openvidu import ListedSession
from ovbot.openvidu.errors import NodeNotFound, ProOnly
from ovbot.openvidu.models import MediaNode
from ovbot.openvidu.nodes import TRANSITIONS, NodeStatus

CHOICES = 10
"""How many nodes are offered, or sessions named; more are counted."""
ID_PATTERN = r"^[a-zA-Z0-9_.:~-]+$"
NodeId = Annotated[
    str,
    Arg(Kind.NODE, "Id of the media node, see node list"),
    Field(pattern=ID_PATTERN, max_length=200),
]
_AGAIN = re.compile(r"~\d+$")
"""Behind the session's id in that of its next recording; ``-1`` up to 2.20 might be another's."""
Reason = Annotated[str | None, Opt(Kind.TEXT, "Why; told to the channel")]


class NoNode(UserError):
    """The cluster has no such media node (any more)."""

    code = "node.not_found"


class Change(StrEnum):
    """What may be asked of a media node, in one word each."""

    DRAIN = "drain"
    RUN = "run"
    CANCEL = "cancel"
    LAUNCH = "launch"
    TERMINATE = "terminate"

    @property
    def status(self) -> NodeStatus:
        """The status that OpenVidu is asked to bring the node to."""
        return _STATUS[self]

    @property
    def needs(self) -> Role:
        """Terminating ends the sessions on the node at once."""
        return Role.ADMIN if self is Change.TERMINATE else Role.OPERATOR


_STATUS: dict[Change, NodeStatus] = {
    Change.DRAIN: "waiting-idle-to-terminate",
    Change.RUN: "running",
    Change.CANCEL: "canceled",
    Change.LAUNCH: "launching",
    Change.TERMINATE: "terminating",
}
_LABELS = {Change.CANCEL: "Cancel launch of"}
_STATES = {
    "launching": (":hourglass_flowing_sand:", "launching"),
    "canceled": (":no_entry_sign:", "canceled while launching"),
    "failed": (":x:", "failed to launch"),
    "running": (":large_green_circle:", "running"),
    "waiting-idle-to-terminate": (":large_yellow_circle:", "draining"),
    "terminating": (":octagonal_sign:", "terminating"),
    "terminated": (":white_circle:", "terminated"),
}


def state(status: str) -> Markup:
    """A status as a word of ours; an unknown one as OpenVidu has it."""
    return md(
        "{}", _STATES.get(status, ("", status or "in a state that OpenVidu does not tell"))[1]
    )


def marked(status: str) -> Markup:
    """A status as emoji and word."""
    mark = _STATES.get(status, (":grey_question:", ""))[0]
    return md("{} {}", Markup(mark), state(status))


def legal(status: str) -> tuple[Change, ...]:
    """What OpenVidu lets be asked of a node with this status."""
    allowed = TRANSITIONS.get(status, ())
    return tuple(change for change in Change if change.status in allowed)


def change_buttons(node: MediaNode, role: Role) -> tuple[Button, ...]:
    """A button for each change that is legal now and open to this role."""
    if not re.fullmatch(ID_PATTERN, node.id):
        return ()
    return tuple(
        Button(
            f"{_LABELS.get(change, change.capitalize())} {node.id}",
            f"node set {node.id} {change}",
            Style.DANGER if change is Change.TERMINATE else Style.DEFAULT,
        )
        for change in legal(node.status)
        if role >= change.needs
    )


def show_button(node: str) -> tuple[Button, ...]:
    """A button that looks at the node."""
    return (Button(f"Show {node}", f"node show {node}"),) if re.fullmatch(ID_PATTERN, node) else ()


def community() -> UserError:
    """The server has no cluster."""
    return UserError(
        "This server is the Community edition, which has no media nodes.",
        "They come with OpenVidu Pro.",
        code="node.community",
    )


async def every(context: Context, *, extra: bool = False) -> tuple[MediaNode, ...]:
    """All media nodes with what runs on them, as they are now."""
    try:
        return await context.openvidu.media_nodes(
            sessions=True, recordings=True, extra_info=extra or None
        )
    except ProOnly as none:
        raise community() from none


async def find(
    given: str,
    context: Context,
    command_for: Callable[[str], str],
    label: str,
    *,
    extra: bool = False,
) -> MediaNode:
    """The node with this id, with what runs on it, as it is now. Raises NoNode.

    A part of an id, or an address, is asked about: ``command_for`` makes the command for an id.
    """
    try:
        return await context.openvidu.media_node(
            given, sessions=True, recordings=True, extra_info=extra or None
        )
    except ProOnly as none:
        raise community() from none
    except NodeNotFound as missing:
        wanted, typed = given.casefold(), code(given, 80)
        listed = await context.openvidu.media_nodes()
        others = [node for node in listed if node.id != given]  # gone a moment ago, says OpenVidu
        near = [node for node in others if wanted in node.id.casefold() or given == node.ip]
        if near:
            buttons = tuple(
                Button(f"{label} {node.id}", command_for(node.id)) for node in near[:CHOICES]
            )
            raise Ambiguous(
                md("No media node has just the id {}.", typed),
                buttons,
                more=len(near) - len(buttons),
            ) from missing
        raise NoNode(
            md("There is no media node {}: it was removed, or never existed.", typed),
            "/openvidu node list shows those that there are.",
            helps=("node list",),
        ) from missing


def named(sessions: Sequence[ListedSession], access: Access) -> Markup:
    """``two sessions with five people (`a`, `b`)``; those this person may not see are counted."""
    people = sum(session.people for session in sessions)
    said = md("{}", counted(len(sessions), "session", "sessions"))
    if not sessions:
        return said
    said = said + md(" with {}", counted(people, "person", "people"))
    if recorded := sum(session.recording for session in sessions):
        said = said + md(", {} being recorded", counted(recorded, "of them", "of them"))
    seen = sorted(s.session_id for s in sessions if access.sees(s.session_id))[:CHOICES]
    names = [code(name) for name in seen]
    if len(sessions) > len(seen):
        names.append(md("{} more" if seen else "none that you may see", len(sessions) - len(seen)))
    return said + md(" ({})", join(", ", names))


def made(ids: Sequence[str], what: tuple[str, str], access: Access) -> Markup:
    """``two recordings (`a`, `b~1`)`` on a node; those of sessions unseen are counted.

    A broadcast's id is its session's, and a recording's begins with it: ``ID``, ``ID~1``.
    """
    seen = sorted(each for each in ids if access.sees(each) or access.sees(_AGAIN.sub("", each)))
    names = [code(each) for each in seen[:CHOICES]]
    if len(ids) > len(names):
        names.append(md("{} more" if names else "none that you may see", len(ids) - len(names)))
    return md("{} ({})", counted(len(ids), *what), join(", ", names))
