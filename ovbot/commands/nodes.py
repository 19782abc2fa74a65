"""``node list`` and ``node show``: the media nodes of the cluster, and what may be asked of each.

OpenVidu Pro: GET /pro/media-nodes and GET /pro/media-nodes/<MEDIA_NODE_ID>.
"""

from collections import Counter
from typing import Annotated, Any

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, bold, code, join, md, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Style,
)
from ovbot.domain.words import counted, size
from ovbot.engine.access import Access
from ovbot.engine.calls import call
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.grammar.args import Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import ListedSession
from ovbot.openvidu.models import MediaNode
from ovbot.subjects import media_nodes

SHOWN = 18
"""Nodes, or sessions of a node, that are shown; Slack takes fifty blocks, a node two."""
_DISCOVER = Button(
    "Discover media nodes",
    "node discover",
    Style.DEFAULT,
    Confirm(
        title="Look for media nodes?",
        text="OpenVidu looks for media nodes that run beside its cluster and takes in those it "
        "finds; they get sessions at once.",
        yes="Discover",
    ),
)

Sessions = Annotated[bool, Opt(Kind.FLAG, "Name the sessions on it")]
Extra = Annotated[bool, Opt(Kind.FLAG, "Show what Kurento tells about itself")]


class NodeListArgs(Args):
    sessions: Sessions = False
    extra: Extra = False
    share: Annotated[bool, Opt(Kind.FLAG, "Post the answer to the channel")] = False


class NodeShowArgs(Args):
    node: media_nodes.NodeId
    sessions: Sessions = False
    extra: Extra = False


class Cluster(msgspec.Struct, frozen=True):
    """The media nodes as they were read at ``read_at``, for a person with ``access``."""

    nodes: tuple[MediaNode, ...]
    args: NodeListArgs
    access: Access
    read_at: int


class View(msgspec.Struct, frozen=True):
    """One media node, likewise."""

    node: MediaNode
    args: NodeShowArgs
    access: Access
    read_at: int


async def run_list(args: NodeListArgs, context: Context) -> Cluster:
    nodes = sorted(await media_nodes.every(context, extra=args.extra), key=lambda node: node.id)
    return Cluster(tuple(nodes), args, context.access, context.clock.now_ms())


async def run_show(args: NodeShowArgs, context: Context) -> View:
    def again(node: str) -> str:
        return format_command("node show", args.model_copy(update={"node": node}))

    node = await media_nodes.find(args.node, context, again, "Show", extra=args.extra)
    return View(node, args, context.access, context.clock.now_ms())


def render_list(cluster: Cluster) -> Reply:
    nodes, args = cluster.nodes, cluster.args
    text = _summary(nodes)
    parts: list[Part] = [Heading("Media nodes")]
    for node in nodes[:SHOWN]:
        parts.append(Paragraph(_lines(node, cluster)))
        if not args.share:
            changes = media_nodes.change_buttons(node, cluster.access.here)
            parts.append(Buttons((*media_nodes.show_button(node.id), *changes)))
    if not nodes:
        parts.append(Paragraph(text))
    if len(nodes) > SHOWN:
        more = len(nodes) - SHOWN
        parts.append(Note(md("… and {} more: {} shows one.", more, code("node show ID"))))
    if not args.share:
        refresh = Button("Refresh the list", format_command("node list", args))
        parts.append(Buttons((refresh, *_growth(cluster.access.here))))
    parts.append(_read(cluster.read_at))
    return Reply(text, tuple(parts))


def _summary(nodes: tuple[MediaNode, ...]) -> Markup:
    if not nodes:
        return Markup("The cluster has no media nodes, so nobody can join a session.")
    states = Counter(node.status for node in nodes)
    order = sorted(states, key=lambda status: (-states[status], status))
    each = [md("{} {}", states[status], media_nodes.state(status)) for status in order]
    verb = "is" if len(nodes) == 1 else "are"
    number = counted(len(nodes), "media node", "media nodes")
    return md("There {} {}: {}.", verb, number, join(", ", each))


def _growth(role: Role) -> tuple[Button, ...]:
    return (Button("Add a media node", "node add"), _DISCOVER) if role >= Role.OPERATOR else ()


def _read(at: int) -> Note:
    return Note(md("Read from OpenVidu {}", when(at, seconds=True)))


def _lines(node: MediaNode, cluster: Cluster) -> Markup:
    sessions = node.sessions
    busy = md("{}", counted(len(sessions), "session", "sessions"))
    if cluster.args.sessions:
        busy = media_nodes.named(sessions, cluster.access)
    for count, one, many in (
        (len(node.recording_ids), "recording", "recordings"),
        (len(node.broadcasts), "broadcast", "broadcasts"),
    ):
        if count:
            busy = busy + md(", {}", counted(count, one, many))
    lines = [
        md("{} · {}", code(node.id), media_nodes.marked(node.status)),
        join(" · ", [*_load(node), busy, *_since(node)]),
    ]
    if node.uri:
        lines.append(code(node.uri))
    if cluster.args.extra:
        lines.append(_kurento(node.kurento_info))
    return join("\n", lines)


def _load(node: MediaNode) -> list[Markup]:
    return [] if node.load is None else [md("load {} %", f"{node.load:.1f}")]


def _since(node: MediaNode) -> list[Markup]:
    if node.connected and node.connection_time:
        return [md("connected since {}", when(node.connection_time))]
    if node.disconnection_time:
        return [md(":warning: connection lost {}", when(node.disconnection_time))]
    return [] if node.status == "failed" else [Markup("not connected")]


def render_show(view: View) -> Reply:
    node = view.node
    count = counted(len(node.sessions), "session", "sessions")
    text = md("Media node {} is {}, with {}.", code(node.id), media_nodes.state(node.status), count)
    parts: list[Part] = [Heading(f"Media node {node.id}"), _facts(view)]
    if view.args.extra:
        parts.append(Paragraph(_kurento(node.kurento_info)))
    if view.args.sessions:
        parts += _sessions(view)
    parts.append(Buttons(_controls(view)))
    parts.append(_read(view.read_at))
    return Reply(text, tuple(parts))


def _facts(view: View) -> Facts:
    node = view.node
    people = sum(session.people for session in node.sessions)
    busy = md("{} ({})", len(node.sessions), counted(people, "person", "people"))
    pairs = [
        ("State", media_nodes.marked(node.status)),
        ("Sessions", busy),
        *_made(view),
        ("Connection", join("", _since(node)) or Markup("none")),
        ("CPU", join("", _load(node)) or Markup("load not told")),
        ("IP", code(node.ip) if node.ip else Markup("not told")),
        ("URI", code(node.uri) if node.uri else Markup("not told")),
        ("Id", code(node.id)),
    ]
    if node.environment_id:
        pairs.append(("Id in its environment", code(node.environment_id)))
    return Facts(tuple(pairs))


def _made(view: View) -> list[tuple[str, Markup]]:
    """What it records and broadcasts, which need not be of the sessions that it carries."""
    node, pairs = view.node, []
    for label, what, ids in (
        ("Recordings", ("recording", "recordings"), node.recording_ids),
        ("Broadcasts", ("broadcast", "broadcasts"), node.broadcasts),
    ):
        if ids:
            pairs.append((label, media_nodes.made(ids, what, view.access)))
    return pairs


def _sessions(view: View) -> list[Part]:
    seen = [s for s in view.node.sessions if view.access.sees(s.session_id)]
    seen.sort(key=lambda s: (-s.people, s.session_id))
    parts: list[Part] = [_session(session) for session in seen[:SHOWN]]
    if more := len(view.node.sessions) - len(parts):
        hidden = len(view.node.sessions) - len(seen)
        told = md(" ({} of them not for you to see here)", hidden) if hidden else Markup("")
        parts.append(Note(md("… and {} more{}.", counted(more, "session", "sessions"), told)))
    return parts or [Paragraph(Markup("No session is on it."))]


def _session(session: ListedSession) -> Paragraph:
    name = session.session_id
    recording = Markup(" · :red_circle: recording") if session.recording else Markup("")
    people = counted(session.people, "person", "people")
    text = md("{} · {}{} · since {}", bold(name), people, recording, when(session.created_at))
    return Paragraph(text, Button(f"Show {name}", call("show", session=name)))


def _controls(view: View) -> tuple[Button, ...]:
    node, role = view.node, view.access.here
    buttons = list(media_nodes.change_buttons(node, role))
    if role >= Role.OPERATOR and node.status not in {"terminating", "terminated"}:
        command = f"node remove {view.args.node}"
        buttons.append(Button(f"Remove {node.id}", command, Style.DANGER))
    again = format_command("node show", view.args)
    return (*buttons, Button(f"Refresh {node.id}", again), Button("All media nodes", "node list"))


def _kurento(info: dict[str, Any] | None) -> Markup:
    """Kurento's own words. Their shape is subject to change, so nothing is relied on."""
    if not info:
        return Markup("Kurento tells nothing about itself.")
    told = [md("Kurento {}", info.get("version", "of unknown version"))]
    memory = info.get("memory")
    if isinstance(memory, int):
        told.append(md("{} of memory", size(memory * 1024)))
    modules = info.get("modules")
    told += [
        md("{} {}", module.get("name", "?"), module.get("version", ""))
        for module in (modules if isinstance(modules, list) else [])
        if isinstance(module, dict)
    ]
    return join(" · ", told)


NODE_LIST = Question(
    name="node list",
    label="List media nodes",
    summary="List the media nodes of the cluster (OpenVidu Pro)",
    args=NodeListArgs,
    needs=Role.VIEWER,
    pro=True,
    run=run_list,
    render=render_list,
    aliases=("nodes", "node ls"),
)
NODE_SHOW = Question(
    name="node show",
    label="Show media node",
    summary="Show a media node and what can be done with it (OpenVidu Pro)",
    args=NodeShowArgs,
    needs=Role.VIEWER,
    pro=True,
    run=run_show,
    render=render_show,
)
