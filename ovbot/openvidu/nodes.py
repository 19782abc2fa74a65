"""Media nodes: rows of the operation table, and the methods that use them. OpenVidu Pro only.

(OpenVidu Pro docs, REST API Pro, "/media-nodes"; "Scalability", "Media Node statuses".)
"""

from __future__ import annotations

from typing import Final, Literal

from ovbot.openvidu import decode, errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.models import Listing, MediaNode
from ovbot.openvidu.wire import Meaning, Operation, Reply

DeletionStrategy = Literal["now", "if-no-sessions", "when-no-sessions"]
Removal = Literal["removed", "removing", "draining"]
"""Gone; on its way out (2.26+ without ``wait``); going when its last session has ended."""
NodeStatus = Literal[
    "launching",
    "canceled",
    "failed",
    "running",
    "waiting-idle-to-terminate",
    "terminating",
    "terminated",
]

TRANSITIONS: Final[dict[str, tuple[NodeStatus, ...]]] = {
    "launching": ("canceled",),
    "canceled": ("launching",),
    "running": ("waiting-idle-to-terminate", "terminating"),
    "waiting-idle-to-terminate": ("running", "terminating"),
}
"""What may be asked of a node by its present status; what is not here is final."""

WAIT_SECONDS: Final = 600.0
"""A new instance boots for minutes; so long may a call take that waits for it."""

_REMOVALS: Final[dict[int, Removal]] = {200: "removing", 202: "draining", 204: "removed"}
_LIST = "List the media nodes to see which exist."
_HIGHLY_AVAILABLE = Meaning(
    errors.NotOnThisCluster,
    "This cluster does not let its media nodes be changed this way; nothing was changed.",
    "Change them where the cluster was deployed.",
)
_NO_NODE = Meaning(errors.NodeNotFound, "There is no media node {node}.", _LIST)


def _removal(reply: Reply) -> Removal:
    decode.nothing(reply)
    return _REMOVALS[reply.status]


NODE = Operation(
    name="media_node",
    verb="node_show",
    doing="look at media node {node}",
    method="GET",
    path="media-nodes/{node}",
    root="pro",
    pro=True,
    read=decode.media_node,
    bulky=True,
    budget=30.0,
    meanings={404: _NO_NODE},
)
NODES = Operation(
    name="media_nodes",
    verb="node_list",
    doing="list the media nodes",
    method="GET",
    path="media-nodes",
    root="pro",
    pro=True,
    read=decode.media_nodes,
    bulky=True,
    budget=30.0,
)
ADD = Operation(
    name="add_media_node",
    verb="node_add",
    doing="add a media node",
    method="POST",
    path="media-nodes",
    root="pro",
    pro=True,
    read=decode.media_node,
    budget=60.0,
    finder="media_nodes",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the settings of the new media node; none was added.",
            "Correct the settings.",
        ),
        404: Meaning(
            errors.NodeUnreachable,
            "OpenVidu cannot reach a media node at that URI; none was added.",
            "Check its address, port and path, and that OpenVidu's machine gets through to it.",
        ),
        405: _HIGHLY_AVAILABLE,
        409: Meaning(
            errors.NodeExists,
            "That media node is in the cluster already; nothing was changed.",
            _LIST,
        ),
        501: Meaning(
            errors.NodeUriNeeded,
            "The cluster runs on premises, where a media node is added by its URI; none was added.",
            "Name the URI of a running media node, such as ws://10.0.0.7:8888/kurento.",
        ),
        502: Meaning(
            errors.NodeLaunchFailed,
            "The new media node could not be launched; none was added.",
            "Look at the cluster's provider for the reason, then try again.",
        ),
    },
)
REMOVE = Operation(
    name="remove_media_node",
    verb="node_remove",
    doing="remove media node {node}",
    method="DELETE",
    path="media-nodes/{node}",
    root="pro",
    pro=True,
    read=_removal,
    success=frozenset(_REMOVALS),
    budget=90.0,
    finder="media_node",
    meanings={
        404: Meaning(
            errors.NodeGone,
            "There is no media node {node}: it was removed already, or never existed.",
            _LIST,
        ),
        405: _HIGHLY_AVAILABLE,
        409: Meaning(
            errors.NodeBusy,
            "Sessions are running on media node {node}, so it was not removed.",
            "Let it go when its sessions have ended (when-no-sessions), or remove it now, "
            "which ends them.",
        ),
        502: Meaning(
            errors.NodeTerminationFailed,
            "The instance of media node {node} could not be terminated.",
            "Look at the media node, and at the cluster's provider for the reason.",
        ),
    },
)
MODIFY = Operation(
    name="modify_media_node",
    verb="node_set",
    doing="change the status of media node {node}",
    method="PATCH",
    path="media-nodes/{node}",
    root="pro",
    pro=True,
    read=decode.media_node_if_changed,
    success=frozenset({200, 204}),
    budget=60.0,
    finder="media_node",
    meanings={
        400: Meaning(
            errors.BadTransition,
            "Media node {node} cannot go from its present status to that one; it is unchanged.",
            "Look at the media node: its status may have changed meanwhile.",
        ),
        404: _NO_NODE,
        405: _HIGHLY_AVAILABLE,
        501: Meaning(
            errors.NotOnThisCluster,
            "This server does not manage its media nodes as a cluster; {node} is unchanged.",
            "Change it where the cluster was deployed.",
        ),
    },
)
DISCOVER = Operation(
    name="discover_media_nodes",
    verb="node_discover",
    doing="discover media nodes",
    method="PUT",
    path="media-nodes",
    root="pro",
    pro=True,
    read=decode.media_nodes,
    budget=60.0,
    finder="media_nodes",
    meanings={
        405: Meaning(
            errors.NotOnThisCluster,
            "This cluster cannot discover media nodes: it runs on premises without a script "
            "for that. Nothing was changed.",
            "Add the media node by its URI.",
        ),
    },
)

OPERATIONS = (NODE, NODES, ADD, REMOVE, MODIFY, DISCOVER)


class NodeCalls(Calls):
    """The operations on media nodes. All of them raise ProOnly on Community."""

    async def media_node(
        self,
        node_id: str,
        *,
        sessions: bool | None = None,
        recordings: bool | None = None,
        extra_info: bool | None = None,
    ) -> MediaNode:
        """A media node; with its sessions, its recordings (2.17+), Kurento's words, if asked for.

        Raises NodeNotFound.
        """
        query = {"sessions": sessions, "recordings": recordings, "extra-info": extra_info}
        return await self._call(NODE, {"node": node_id}, query=query)

    async def media_nodes(
        self,
        *,
        sessions: bool | None = None,
        recordings: bool | None = None,
        extra_info: bool | None = None,
    ) -> Listing[MediaNode]:
        """All media nodes, with the same if asked for."""
        query = {"sessions": sessions, "recordings": recordings, "extra-info": extra_info}
        return await self._call(NODES, query=query)

    async def add_media_node(
        self,
        *,
        uri: str | None = None,
        environment_id: str | None = None,
        instance_type: str | None = None,
        volume_size: int | None = None,
        wait: bool | None = None,
    ) -> MediaNode:
        """Add a media node: the running one at ``uri`` on premises, a new instance elsewhere.

        ``wait`` until it runs; else the answer tells hardly more than its id. ``volume_size``
        in GB. Raises NodeUnreachable, NodeExists, NodeUriNeeded, NodeLaunchFailed, BadRequest,
        NotOnThisCluster.
        """
        body = {
            "uri": uri,
            "environmentId": environment_id,
            "instanceType": instance_type,
            "volumeSize": volume_size,
        }
        return await self._call(ADD, query={"wait": wait}, body=body, budget=_budget(wait))

    async def remove_media_node(
        self,
        node_id: str,
        *,
        deletion_strategy: DeletionStrategy | None = None,
        wait: bool | None = None,
    ) -> Removal:
        """Take a media node out of the cluster; ``wait`` until it is terminated.

        ``now`` ends its sessions, ``if-no-sessions`` (the server's default) raises NodeBusy if
        there are any, ``when-no-sessions`` lets them end first. Raises NodeGone,
        NodeTerminationFailed, NotOnThisCluster.
        """
        seen: Removal = "removed"

        async def untouched() -> bool:
            nonlocal seen
            try:
                status = (await self.media_node(node_id)).status
            except errors.NodeNotFound:
                return False
            seen = "draining" if status == "waiting-idle-to-terminate" else "removing"
            return status not in ("waiting-idle-to-terminate", "terminating", "terminated")

        query = {"wait": wait, "deletion-strategy": deletion_strategy}
        removal = await self._remove(
            REMOVE, {"node": node_id}, untouched, query=query, budget=_budget(wait)
        )
        return removal or seen

    async def modify_media_node(self, node_id: str, status: NodeStatus) -> MediaNode | None:
        """Bring a media node to another status; None means that it had that one already.

        See `TRANSITIONS`. Raises BadTransition, NodeNotFound, NotOnThisCluster.
        """
        return await self._call(MODIFY, {"node": node_id}, body={"status": status})

    async def discover_media_nodes(self) -> Listing[MediaNode]:
        """Have the cluster look for media nodes; the new ones. Raises NotOnThisCluster."""
        return await self._call(DISCOVER)


def _budget(wait: bool | None) -> float | None:
    return WAIT_SECONDS if wait else None
