"""Everything a simulated server remembers, as JSON for tests to look at."""

from __future__ import annotations

from typing import Any

from ovbot.sandbox.openvidu.state.model import Participant, Recording, Session
from ovbot.sandbox.openvidu.state.nodes import Node
from ovbot.sandbox.openvidu.state.world import World

Json = dict[str, Any]


def snapshot(world: World) -> Json:
    """Sessions, recordings and the time; tokens and files too, which the API would not tell."""
    return {
        "now": world.clock.millis(),
        "profile": world.profile.name,
        "version": world.profile.version,
        "edition": world.config.edition,
        "sessions": [_session(world, each) for each in world.sessions.all()],
        "recordings": [_recording(each) for each in world.recordings.items.values()],
        "troubles": world.troubles.listed(),
        "nodes": [_node(world, each) for each in world.nodes.all.values()],
    }


def _session(world: World, session: Session) -> Json:
    recording = world.recordings.of_session(session.id)
    return {
        "id": session.id,
        "createdAt": session.created_at,
        "active": session.active,
        "recordingId": recording.id if recording is not None else None,
        "nodeId": session.node_id,
        "tokens": [
            {"token": each.value, "connectionId": each.connection_id, "role": each.role}
            for each in session.tokens.values()
        ],
        "participants": [_participant(world, each) for each in session.participants.values()],
    }


def _participant(world: World, participant: Participant) -> Json:
    stream = participant.stream
    return {
        "connectionId": participant.id,
        "joinedAt": participant.joined_at,
        "role": participant.token.role,
        "clientData": participant.client_data,
        "serverData": participant.server_data,
        "platform": participant.platform,
        "cut": world.network.is_cut(participant),
        "camera": participant.camera is not None,
        "streamId": stream.id if stream is not None else None,
        "video": stream.how.kind if stream is not None else None,
        "subscribedTo": list(participant.subscriptions),
    }


def _recording(recording: Recording) -> Json:
    return {
        "id": recording.id,
        "name": recording.properties.name,
        "sessionId": recording.session.id,
        "createdAt": recording.created_at,
        "status": recording.status,
        "outputMode": recording.properties.output_mode,
        "nodeId": recording.node_id,
        "files": {name: len(content) for name, content in recording.files.items()},
    }


def _node(world: World, node: Node) -> Json:
    return {
        "id": node.id,
        "status": node.status,
        "connected": node.connected,
        "uri": node.uri,
        "load": world.nodes.load(node),
        "sessions": [each.id for each in world.nodes.sessions(node)],
    }
