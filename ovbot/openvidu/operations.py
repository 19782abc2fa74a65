"""All operations in one table: what the client can ask, and what every answer means."""

from __future__ import annotations

from typing import Any, Final

from ovbot.openvidu import (
    broadcasts,
    cdr,
    cluster,
    connections,
    layouts,
    nodes,
    participant_calls,
    recordings,
    sessions,
)
from ovbot.openvidu.wire import Operation

OPERATIONS: Final[dict[str, Operation[Any]]] = {
    operation.name: operation
    for room in (
        sessions,
        participant_calls,
        connections,
        recordings,
        broadcasts,
        layouts,
        nodes,
        cluster,
        cdr,
    )
    for operation in room.OPERATIONS
}
"""Every operation by the name of the client's method."""
