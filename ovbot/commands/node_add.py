"""``node add`` and ``node discover``: more media nodes for the cluster.

OpenVidu Pro: POST and PUT /pro/media-nodes.
"""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from pydantic import AfterValidator

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, join, md, mention
from ovbot.domain.reply import Button, Buttons, Confirm, Style
from ovbot.domain.words import counted
from ovbot.engine import allowed_hosts, sentences
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.refusals import AlreadySo
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu.errors import (
    BadRequest,
    NodeExists,
    NodeUnreachable,
    NodeUriNeeded,
    NotOnThisCluster,
    OpenViduError,
)
from ovbot.openvidu.models import MediaNode
from ovbot.subjects import media_nodes
from ovbot.subjects.node_outcomes import because, beside, come_since, done, found

ENVIRONMENT = "OPENVIDU_PRO_CLUSTER_ENVIRONMENT"
ON_PREMISES = "on_premise"


def _websocket(uri: str | None) -> str | None:
    if uri is None:
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:  # brackets that do not match
        parts = urlsplit("")
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise ValueError(
            "the websocket address of a media node, such as ws://10.0.0.7:8888/kurento"
        )
    if parts.username is not None or parts.query:
        raise ValueError("An address of a media node has no user, password or query.")
    return uri


class AddArgs(Args):
    uri: Annotated[
        str | None,
        Arg(
            Kind.URI, "Address of a running media node, needed on premises: ws://HOST:8888/kurento"
        ),
        AfterValidator(_websocket),
    ] = None
    wait: Annotated[bool, Opt(Kind.FLAG, "Tell only when it runs, which can take minutes")] = False
    reason: media_nodes.Reason = None


class DiscoverArgs(Args):
    pass


class Addition(msgspec.Struct, frozen=True):
    """What to add, and the nodes that there were before."""

    args: AddArgs
    before: tuple[MediaNode, ...]


class Discovery(msgspec.Struct, frozen=True):
    """The nodes that there were before."""

    before: tuple[MediaNode, ...]


# ---- node add ----------------------------------------------------------------------------------


async def resolve_add(args: AddArgs, context: Context) -> Addition:
    if args.uri is not None:
        allowed_hosts.check(args.uri, context.powers.allowed.nodes, allowed_hosts.NODES)
    before = await media_nodes.every(context)
    there = next((node for node in before if args.uri and node.uri == args.uri), None)
    if there:
        said = md(
            "The media node at {} is in the cluster already: {} is {}.",
            code(there.uri or ""),
            code(there.id),
            media_nodes.state(there.status),
        )
        raise AlreadySo(said, f"/openvidu node show {there.id} tells more.", helps=("node show",))
    return Addition(args, before)


async def consider_add(addition: Addition, context: Context) -> Markup:
    uri = addition.args.uri
    environment = (await context.openvidu.pro_config()).properties.get(ENVIRONMENT)
    number = counted(len(addition.before), "media node", "media nodes")
    now = md("The cluster has {} now.", number)
    if environment == ON_PREMISES and uri:
        return md("{} The one at {} is added and gets sessions at once.", now, code(uri))
    if environment == ON_PREMISES:
        return md("{} It runs on premises, where a media node is added by its address.", now)
    launched = md("{} A new instance is launched, which the provider may charge for.", now)
    if uri:
        return md("{} The address {} is not used here.", launched, code(uri))
    return launched


async def act_add(addition: Addition, context: Context) -> Result:
    args = addition.args
    try:
        added = await context.openvidu.add_media_node(uri=args.uri, wait=args.wait or None)
    except NodeExists as there:
        at = code(args.uri or "")
        said = md(
            "The media node at {} is in the cluster already: /openvidu node list shows it.", at
        )
        return Result(
            outcome=Outcome.ALREADY,
            said=said,
            answer=f"{there.status} {there.code}",
            helps=("node list",),
        )
    except NodeUnreachable as away:
        if args.uri:
            away.sentence = f"OpenVidu cannot reach a media node at {args.uri}; none was added."
        raise
    except (NodeUriNeeded, BadRequest) as refused:
        return _refused(refused, sentences.sentence(refused))
    node = await _as_now(added, context)
    return _added(context.actor.user, args.uri, args.reason, node, "200")


async def _as_now(added: MediaNode, context: Context) -> MediaNode:
    """The node as it is now; as it was answered if it cannot be looked at: it has been added."""
    try:
        return await context.openvidu.media_node(added.id)
    except OpenViduError:
        return added


def _refused(error: OpenViduError, said: Markup) -> Result:
    return Result(outcome=Outcome.REFUSED, said=said, answer=f"{error.status} {error.code}")


def _added(actor: str, uri: str | None, reason: str | None, node: MediaNode, answer: str) -> Result:
    name, target = code(node.id), Target("", node.id, node.uri or node.id)
    if node.status == "failed":
        said = md("Media node {} was added, but could not be launched.", name)
        failed = f"{answer}, launch failed"
        return Result(outcome=Outcome.FAILED, said=said, answer=failed, target=target)
    if node.status == "running":
        there = md(" at {}", code(node.uri)) if node.uri else Markup("")
        said = md("{} added media node {}{}: it runs.", mention(actor), name, there)
    else:
        said = md(
            "{} is adding media node {}: it is {}. /openvidu node show {} tells when it runs.",
            mention(actor),
            name,
            media_nodes.state(node.status),
            node.id,
        )
    if uri and node.uri and node.uri != uri:
        said = said + md(" The address {} was not used: the cluster launched it.", code(uri))
    return done(said + because(reason), answer, show=node.id, target=target)


async def look_add(attempt: AuditEntry, context: Context) -> Result:
    uri, reason = attempt.arguments.get("uri"), attempt.arguments.get("reason")
    new = come_since(attempt.detail, await media_nodes.every(context))
    for node in new:
        if uri and node.uri == uri:
            told = _added(attempt.actor, uri, reason, node, f"looked: {node.status}")
            return found(told, attempt, node.id, node.status)
    if not new:
        said = Markup("No media node was added. Try again.")
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: none came")
    said = md(
        "OpenVidu's answer was lost. Since then {} has come; whether that is the one asked for "
        "or the cluster grew by itself is not known.",
        _named(new),
    )
    buttons = [button for node in new for button in media_nodes.show_button(node.id)]
    return Result(
        outcome=Outcome.UNKNOWN,
        said=said,
        answer=f"looked: {len(new)} came",
        parts=(Buttons(tuple(buttons[: media_nodes.CHOICES])),),
    )


def _named(nodes: Sequence[MediaNode]) -> Markup:
    """``two media nodes: `a` (running), `b` (launching)``."""
    number = counted(len(nodes), "media node", "media nodes")
    shown = [md("{} ({})", code(n.id), media_nodes.state(n.status)) for n in nodes]
    more = len(shown) - media_nodes.CHOICES
    shown = shown[: media_nodes.CHOICES] + ([md("{} more", more)] if more > 0 else [])
    return md("{}: {}", number, join(", ", shown))


# ---- node discover -----------------------------------------------------------------------------


async def resolve_discover(_args: DiscoverArgs, context: Context) -> Discovery:
    return Discovery(await media_nodes.every(context))


async def act_discover(_discovery: Discovery, context: Context) -> Result:
    try:
        found = await context.openvidu.discover_media_nodes()
    except NotOnThisCluster as refused:
        how = code("/openvidu node add ws://HOST:8888/kurento")
        return _refused(
            refused, md("{} {}", refused.sentence, md("Add it by its address: {}.", how))
        )
    if not found:
        said = Markup(
            "OpenVidu looked for media nodes and found none that it does not have. "
            "/openvidu node list shows those that there are."
        )
        return Result(outcome=Outcome.ALREADY, said=said, answer="200", helps=("node list",))
    said = md("{} had OpenVidu look, and it found {}.", mention(context.actor.user), _named(found))
    return done(said, "200", target=_all(found))


def _all(nodes: Sequence[MediaNode]) -> Target:
    ids = " ".join(node.id for node in nodes)
    return Target("", ids, ids)


async def look_discover(attempt: AuditEntry, context: Context) -> Result:
    new = come_since(attempt.detail, await media_nodes.every(context))
    if new:
        came = _named(new)
        said = md("{} had OpenVidu look; since then it has got {}.", mention(attempt.actor), came)
        return done(said, f"looked: {len(new)} came", target=_all(new))
    said = Markup(
        "OpenVidu's answer was lost, and no media node has come. Looking again does no harm."
    )
    confirm = Confirm("Look again?", "OpenVidu looks for media nodes of its cluster.", "Discover")
    again = Button("Discover media nodes", "node discover", Style.DEFAULT, confirm)
    return Result(
        outcome=Outcome.UNKNOWN, said=said, answer="looked: none came", parts=(Buttons((again,)),)
    )


NODE_ADD = Action(
    name="node add",
    label="Add media node",
    summary="Add a media node to the cluster (OpenVidu Pro)",
    args=AddArgs,
    needs=Role.OPERATOR,
    pro=True,
    resolve=resolve_add,
    target=lambda addition: Target("", "", beside(addition.before)),
    act=act_add,
    look=look_add,
    guard=Guard.FORM,
    consequences=consider_add,
    refresh=lambda _addition: "node list",
)
NODE_DISCOVER = Action(
    name="node discover",
    label="Discover media nodes",
    summary="Look for media nodes that the cluster does not have yet (OpenVidu Pro)",
    args=DiscoverArgs,
    needs=Role.OPERATOR,
    pro=True,
    resolve=resolve_discover,
    target=lambda discovery: Target("", "", beside(discovery.before)),
    act=act_discover,
    look=look_discover,
    guard=Guard.CONFIRM,
    refresh=lambda _discovery: "node list",
)
