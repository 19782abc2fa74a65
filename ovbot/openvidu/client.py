"""The OpenVidu service: every operation of the REST API as a typed method."""

from __future__ import annotations

from ovbot.openvidu.broadcasts import BroadcastCalls
from ovbot.openvidu.cdr import CdrCalls
from ovbot.openvidu.cluster import ServerCalls
from ovbot.openvidu.identity import Identity
from ovbot.openvidu.layouts import LayoutCalls
from ovbot.openvidu.nodes import NodeCalls
from ovbot.openvidu.participant_calls import ParticipantCalls
from ovbot.openvidu.recordings import RecordingCalls


class OpenVidu(
    ParticipantCalls,
    RecordingCalls,
    BroadcastCalls,
    LayoutCalls,
    NodeCalls,
    ServerCalls,
    CdrCalls,
):
    """One OpenVidu 2.x server, Community or Pro, over one kept HTTP client.

    ``base_url`` is the server's own, ``https://openvidu.example.com:4443``; ``ca_file`` a PEM
    file to trust instead of the system's authorities, or the server's certificate itself; ``pins``
    the SHA-256 of certificates that are believed as they are; ``dialect`` one of ``api``,
    ``mixed``, ``openvidu`` where the server is not to be asked; ``patience`` scales every time
    limit; ``version`` and ``edition`` stand in where the server's configuration does not tell.
    Use it as an async context manager, or call ``start`` and ``aclose``. Every method raises
    a subclass of OpenViduError and nothing else. Raises ValueError for unusable settings.
    """

    identity = Identity()
    """What in the server data of its application names somebody; an instance may have another."""
