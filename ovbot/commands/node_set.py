"""``node set``: change the status of a media node: drain, run, cancel, launch or terminate it.

OpenVidu Pro: PATCH /pro/media-nodes/<MEDIA_NODE_ID>; "Scalability", "Media Node statuses".
"""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, join, md, mention
from ovbot.domain.reply import Buttons
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import demand
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.pack import format_command
from ovbot.openvidu.errors import BadTransition, NodeNotFound
from ovbot.openvidu.models import MediaNode
from ovbot.subjects import media_nodes
from ovbot.subjects.media_nodes import Change, state
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


class SetArgs(Args):
    node: media_nodes.NodeId
    action: Annotated[
        Change,
        Arg(Kind.WORD, "What is to become of it", name="|".join(Change)),
    ]
    reason: media_nodes.Reason = None


class Setting(msgspec.Struct, frozen=True):
    """The node to change, found live with its sessions."""

    node: MediaNode
    args: SetArgs


def target(found: Setting) -> Target:
    return Target("", found.node.id, found.node.ip or found.node.id)


def _asked(found: Setting, context: Context) -> Asked:
    actor, reason = context.actor.user, found.args.reason
    return Asked(actor, found.node.id, reason, len(found.node.sessions))


_REACHED: dict[Change, tuple[str | None, ...]] = {
    Change.DRAIN: (DRAINING, *GOING, None),
    Change.RUN: ("running",),
    Change.CANCEL: ("canceled", *GOING, None),
    Change.LAUNCH: ("launching", "running"),
    Change.TERMINATE: (*GOING, None),
}
"""Where a node may be after a change: a drained one without sessions goes on by itself."""


async def resolve_set(args: SetArgs, context: Context) -> Setting:
    demand(args.action.needs, context.access, f"node set {args.action}")

    def again(node: str) -> str:
        return format_command("node set", args.model_copy(update={"node": node}))

    label = args.action.capitalize()
    return Setting(await media_nodes.find(args.node, context, again, label), args)


async def consider_set(setting: Setting, context: Context) -> Markup:
    node, change = setting.node, setting.args.action
    name, sessions = code(node.id), media_nodes.named(node.sessions, context.access)
    if node.status == change.status:
        return md("Media node {} is {} already: nothing will change.", name, state(node.status))
    if change not in media_nodes.legal(node.status):
        return md("OpenVidu will refuse this. {}", _what_is_legal(node.id, node.status))
    return {
        Change.DRAIN: md(
            "Media node {} takes no new sessions, and is terminated when all on it have ended: {}.",
            name,
            sessions,
        ),
        Change.RUN: md("Media node {} takes new sessions again.", name),
        Change.CANCEL: md("Media node {} is terminated as soon as it is launched.", name),
        Change.LAUNCH: md("Media node {} is launched after all, and takes sessions then.", name),
        Change.TERMINATE: md(
            ":warning: Media node {} is terminated at once, and what is on it ends for everybody: "
            "{}.",
            name,
            sessions,
        ),
    }[change]


async def act_set(setting: Setting, context: Context) -> Result:
    node, change = setting.node.id, setting.args.action
    try:
        changed = await context.openvidu.modify_media_node(node, change.status)
    except BadTransition as refused:
        return await _illegal(node, context, f"{refused.status} {refused.code}")
    except NodeNotFound as gone:
        if None not in _REACHED[change]:
            raise
        said = md(
            "Media node {} was gone already. /openvidu node list shows those that there are.",
            code(node),
        )
        return Result(
            outcome=Outcome.ALREADY,
            said=said,
            answer=f"{gone.status} {gone.code}",
            helps=("node list",),
        )
    if changed is None:
        said = md("Media node {} is {} already.", code(node), state(change.status))
        return Result(outcome=Outcome.ALREADY, said=said, answer="204")
    status = await read_back(node, context, changed.status)
    return _set(_asked(setting, context), change, status, "200")


async def _illegal(node: str, context: Context, answer: str) -> Result:
    """What may be asked of it, by its status now."""
    now = await context.openvidu.media_node(node)
    buttons = media_nodes.change_buttons(now, context.access.here)
    buttons = buttons or media_nodes.show_button(node)
    return Result(
        outcome=Outcome.REFUSED,
        said=_what_is_legal(node, now.status),
        answer=answer,
        parts=(Buttons(buttons),),
    )


def _what_is_legal(node: str, status: str) -> Markup:
    words = join(" or ", [code(change) for change in media_nodes.legal(status)])
    can = md("only {} is possible now.", words) if words else Markup("nothing can be asked of it.")
    return md("Media node {} is {}: {}", code(node), state(status), can)


def _set(asked: Asked, change: Change, status: str | None, answer: str) -> Result:
    """``status`` is the node's after the attempt; None means that it is gone."""
    if status not in _REACHED[change]:
        if status is None:
            said = md("Media node {} is not there any more.", code(asked.node))
            return Result(outcome=Outcome.FAILED, said=said, answer=f"{answer}, gone")
        return still(asked, status, answer)
    actor, node = mention(asked.actor), code(asked.node)
    said = _told(asked, change, status, actor, node) + because(asked.reason)
    return done(said, answer, show=asked.node if status else None)


def _told(asked: Asked, change: Change, status: str | None, actor: Markup, node: Markup) -> Markup:
    if change is Change.DRAIN and status == DRAINING:
        return md("{} is draining media node {}: {}", actor, node, draining(asked))
    if change is Change.DRAIN:
        return md("{} drained media node {}: no session was left on it, and it goes.", actor, node)
    if change is Change.RUN:
        return md("{} set media node {} back to running: it takes new sessions.", actor, node)
    if change is Change.LAUNCH:
        return md(
            "{} had media node {} launched after all: it is {}.", actor, node, state(status or "")
        )
    if change is Change.CANCEL:
        return md("{} canceled the launch of media node {}.", actor, node)
    return md("{} is terminating media node {}.{}", actor, node, ending(asked))


async def look_set(attempt: AuditEntry, context: Context) -> Result:
    status = await looked(attempt.target, context)
    change = Change(attempt.arguments["action"])
    told = _set(remembered(attempt), change, status, f"looked: {status or 'gone'}")
    return found(told, attempt, attempt.target, status)


NODE_SET = Action(
    name="node set",
    label="Change media node",
    summary="Drain, run, cancel, launch or terminate a media node (OpenVidu Pro)",
    args=SetArgs,
    needs=Role.OPERATOR,
    pro=True,
    resolve=resolve_set,
    target=target,
    act=act_set,
    look=look_set,
    guard=Guard.FORM,
    consequences=consider_set,
    refresh=lambda _setting: "node list",
)
