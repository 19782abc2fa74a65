"""``node remove``: take a media node out of the cluster, with or without waiting for its sessions.

OpenVidu Pro: DELETE /pro/media-nodes/<MEDIA_NODE_ID>?deletion-strategy=.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.reply import Button, Buttons
from ovbot.domain.words import counted
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import demand
from ovbot.engine.refusals import AlreadySo
from ovbot.grammar.args import Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu.errors import NodeBusy, NodeGone
from ovbot.openvidu.models import MediaNode
from ovbot.openvidu.nodes import DeletionStrategy
from ovbot.subjects import media_nodes
from ovbot.subjects.media_nodes import state
from ovbot.subjects.node_outcomes import (
    DRAINING,
    GOING,
    Asked,
    because,
    done,
    draining,
    ending,
    found,
    looked,
    read_back,
    remembered,
    still,
)


class When(StrEnum):
    """When a node is removed, as OpenVidu's deletion strategies."""

    IDLE = "idle"
    EMPTY = "empty"
    NOW = "now"


_STRATEGIES: dict[When, DeletionStrategy] = {
    When.IDLE: "if-no-sessions",
    When.EMPTY: "when-no-sessions",
    When.NOW: "now",
}


class RemoveArgs(Args):
    node: media_nodes.NodeId
    when: Annotated[
        When,
        Opt(
            Kind.WORD,
            "idle: only if it has no sessions; empty: when its sessions have ended; now: ends them",
        ),
    ] = When.IDLE
    wait: Annotated[bool, Opt(Kind.FLAG, "Tell only when it is terminated")] = False
    reason: media_nodes.Reason = None


class Removal(msgspec.Struct, frozen=True):
    """The node to remove, found live with its sessions."""

    node: MediaNode
    args: RemoveArgs


def target(found: Removal) -> Target:
    return Target("", found.node.id, found.node.ip or found.node.id)


def _asked(found: Removal, context: Context) -> Asked:
    actor, reason = context.actor.user, found.args.reason
    return Asked(actor, found.node.id, reason, len(found.node.sessions))


async def resolve_remove(args: RemoveArgs, context: Context) -> Removal:
    if args.when is When.NOW:
        demand(Role.ADMIN, context.access, "node remove --when now")

    def again(node: str) -> str:
        return format_command("node remove", args.model_copy(update={"node": node}))

    try:
        node = await media_nodes.find(args.node, context, again, "Remove")
    except media_nodes.NoNode as missing:
        raise AlreadySo(missing.sentence, missing.next_step, helps=missing.helps) from missing
    look = f"/openvidu node show {node.id} tells how it is now."
    if node.status in GOING:
        said = md("Media node {} is {} already.", code(node.id), state(node.status))
        raise AlreadySo(said, look, helps=("node show",))
    if node.status == DRAINING and args.when is When.EMPTY:
        left = counted(len(node.sessions), "session is", "sessions are")
        said = md("Media node {} is draining already; {} left on it.", code(node.id), left)
        raise AlreadySo(said, look, helps=("node show",))
    return Removal(node, args)


async def consider_remove(removal: Removal, context: Context) -> Markup:
    node, when = removal.node, removal.args.when
    name, sessions = code(node.id), media_nodes.named(node.sessions, context.access)
    if not node.sessions:
        return md("Media node {} has no sessions on it. It is removed at once.", name)
    if when is When.NOW:
        said = ":warning: With media node {} this ends at once for everybody: {}. Recordings stop."
        return md(said, name, sessions)
    if when is When.EMPTY:
        said = "Media node {} takes no new sessions, and is removed when all on it have ended: {}."
        return md(said, name, sessions)
    said = "OpenVidu will refuse this: media node {} has {}. Choose empty to let them end first."
    return md(said, name, sessions)


async def act_remove(removal: Removal, context: Context) -> Result:
    node, args = removal.node.id, removal.args
    try:
        removed = await context.openvidu.remove_media_node(
            node, deletion_strategy=_STRATEGIES[args.when], wait=args.wait or None
        )
    except NodeGone as gone:
        said = md(
            "Media node {} was gone already. /openvidu node list shows those that there are.",
            code(node),
        )
        answer = f"{gone.status} {gone.code}"
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer, helps=("node list",))
    except NodeBusy as busy:
        return await _busy(node, context, f"{busy.status} {busy.code}")
    answered, answer = {
        "removed": (None, "204"),
        "removing": ("terminating", "200"),
        "draining": (DRAINING, "202"),
    }[removed]
    status = await read_back(node, context, answered)
    return _removed(_asked(removal, context), args.when, status, answer)


async def _busy(node: str, context: Context, answer: str) -> Result:
    sessions = (await context.openvidu.media_node(node, sessions=True)).sessions
    if sessions:
        said = md(
            "Media node {} was not removed: it still has {}. Drain it, and it goes when they have "
            "ended.",
            code(node),
            media_nodes.named(sessions, context.access),
        )
    else:
        said = md(
            "Media node {} was not removed: it had sessions, which have ended since. Try again.",
            code(node),
        )
    drain = format_command("node remove", RemoveArgs(node=node, when=When.EMPTY))
    button = Button(f"Drain {node}, then remove it", drain)
    return Result(outcome=Outcome.REFUSED, said=said, answer=answer, parts=(Buttons((button,)),))


def _removed(asked: Asked, when: When, status: str | None, answer: str) -> Result:
    """``status`` is the node's after the attempt; None means that it is gone."""
    actor, node, reason = mention(asked.actor), code(asked.node), because(asked.reason)
    ended = ending(asked) if when is When.NOW else Markup("")
    if status is None or status == "terminated":
        said = md("{} removed media node {}.{}{}", actor, node, ended, reason)
        return done(said, answer)
    if status == "terminating":
        said = md("{} removed media node {}: it is terminating.{}{}", actor, node, ended, reason)
        return done(said, answer, show=asked.node)
    if status == DRAINING and when is When.EMPTY:
        said = md("{} is removing media node {}: {}{}", actor, node, draining(asked), reason)
        return done(said, answer, show=asked.node)
    if status == "canceled":
        said = md("{} canceled the launch of media node {}.{}", actor, node, reason)
        return done(said, answer, show=asked.node)
    return still(asked, status, answer)


async def look_remove(attempt: AuditEntry, context: Context) -> Result:
    status = await looked(attempt.target, context)
    when = When(attempt.arguments.get("when", When.IDLE))
    told = _removed(remembered(attempt), when, status, f"looked: {status or 'gone'}")
    return found(told, attempt, attempt.target, status)


NODE_REMOVE = Action(
    name="node remove",
    label="Remove media node",
    summary="Remove a media node from the cluster (OpenVidu Pro)",
    args=RemoveArgs,
    needs=Role.OPERATOR,
    pro=True,
    resolve=resolve_remove,
    target=target,
    act=act_remove,
    look=look_remove,
    guard=Guard.FORM,
    consequences=consider_remove,
    refresh=lambda _removal: "node list",
)
