"""How an action on a media node ended: what is read back, and what the node commands say of it.

A media node belongs to no session, so everybody who is bound with the topic `nodes` hears of it.
"""

from collections.abc import Iterable

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import Topic
from ovbot.domain.markup import Markup, code, md
from ovbot.domain.reply import Buttons
from ovbot.domain.words import counted
from ovbot.engine.command import Result, Target
from ovbot.engine.context import Context
from ovbot.openvidu.errors import NodeNotFound, OpenViduError
from ovbot.openvidu.models import MediaNode
from ovbot.subjects.after_look import so_now
from ovbot.subjects.media_nodes import show_button, state

DRAINING = "waiting-idle-to-terminate"
GOING = ("terminating", "terminated")


class Asked(msgspec.Struct, frozen=True):
    """Who asked for what, from an invocation or from its audit entry.

    ``sessions`` is how many were on the node; None when that is not known any more.
    """

    actor: str
    node: str
    reason: str | None
    sessions: int | None = None


def remembered(attempt: AuditEntry) -> Asked:
    """What the audit entry of an attempt tells."""
    return Asked(attempt.actor, attempt.target, attempt.arguments.get("reason"))


async def looked(node: str, context: Context) -> str | None:
    """The node's status now; None when it is gone."""
    try:
        return (await context.openvidu.media_node(node)).status
    except NodeNotFound:
        return None


async def read_back(node: str, context: Context, answered: str | None) -> str | None:
    """The node's status after a change that OpenVidu has accepted; None when it is gone.

    A look that fails must not make a failure of the change: then it is what was ``answered``.
    """
    try:
        return await looked(node, context)
    except OpenViduError:
        return answered


def done(
    said: Markup, answer: str, *, show: str | None = None, target: Target | None = None
) -> Result:
    """An outcome that everybody who hears of nodes is told; ``show`` is a node to look at."""
    buttons = show_button(show) if show else ()
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        target=target,
        parts=(Buttons(buttons),) if buttons else (),
        topic=Topic.NODES,
    )


def still(asked: Asked, status: str, answer: str) -> Result:
    """A change was accepted, or attempted, and cannot be seen."""
    said = md(
        "Media node {} is still {}: the change did not happen. /openvidu node show {} tells how "
        "it is now.",
        code(asked.node),
        state(status),
        asked.node,
    )
    return Result(
        outcome=Outcome.FAILED,
        said=said,
        answer=f"{answer}, still {status}",
        parts=(Buttons(show_button(asked.node)),),
    )


def found(told: Result, attempt: AuditEntry, node: str, status: str | None) -> Result:
    """The same after a look: what is done is so, and who did it is not known."""
    if told.outcome is not Outcome.DONE:
        return told
    now = md("is {}", state(status)) if status else Markup("is gone")
    said = so_now(attempt, md("Media node {} {}.", code(node), now))
    return msgspec.structs.replace(told, said=said)


def ending(asked: Asked) -> Markup:
    """What became of the sessions on a node that did not wait for them."""
    if not asked.sessions:
        return Markup("")
    return md(" {} on it ended.", counted(asked.sessions, "session", "sessions").capitalize())


def draining(asked: Asked) -> Markup:
    """What a node does that waits for its sessions."""
    left = "the sessions on it have"
    if asked.sessions:
        verb = "has" if asked.sessions == 1 else "have"
        left = f"the {counted(asked.sessions, 'session', 'sessions')} on it {verb}"
    return md("it takes no new sessions, and goes when {} ended.", left)


def because(reason: str | None) -> Markup:
    """The reason, if one was given."""
    return md(" Reason: {}", reason) if reason else Markup("")


def beside(nodes: Iterable[MediaNode]) -> str:
    """The nodes that were there before an attempt, for its audit entry: see ``come_since``."""
    return "beside " + (" ".join(node.id for node in nodes) or "none")


def come_since(detail: str, nodes: Iterable[MediaNode]) -> tuple[MediaNode, ...]:
    """The nodes that have come since the attempt whose audit entry has this detail."""
    known = set(detail.split())
    return tuple(node for node in nodes if node.id not in known)
