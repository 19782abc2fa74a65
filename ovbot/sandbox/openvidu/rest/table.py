"""Which address is which operation, per version and edition.

The operation's name is what the request log and the faults of the control surface go by.
"""

from __future__ import annotations

from ovbot.sandbox.openvidu.config import Edition
from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.rest import (
    broadcasts,
    cameras,
    cdr,
    config,
    files,
    modern_connections,
    modern_sessions,
    nodes,
    pages,
    recordings,
    restart,
    sessions,
)
from ovbot.sandbox.openvidu.rest.routes import Handler, Route

Entry = tuple[str, str, str, Handler]
"""Method, address, operation, handler."""


def routes(profile: Profile, edition: Edition) -> list[Route]:
    """Every route of one version and edition."""
    entries = _common(profile)
    entries += _modern(profile) if profile.modern else _classic(profile)
    if profile.compatible:
        entries.append(("GET", f"{profile.api}/health", "health", nodes.compatible_health))
    else:
        entries += _pro(profile) if edition == "pro" else []
        entries += _config(profile, edition)
    return [
        Route(method, tuple(address.lstrip("/").split("/")), operation, handler)
        for method, address, operation, handler in entries
    ]


def _common(profile: Profile) -> list[Entry]:
    one, taken = f"{profile.api}/sessions", f"{profile.api}/recordings"
    entries: list[Entry] = [
        ("GET", one, "listSessions", sessions.list_sessions),
        ("GET", f"{one}/{{}}", "getSession", sessions.get_session),
        ("DELETE", f"{one}/{{}}", "closeSession", sessions.close_session),
        ("DELETE", f"{one}/{{}}/connection/{{}}", "disconnect", sessions.disconnect),
        ("DELETE", f"{one}/{{}}/stream/{{}}", "unpublish", sessions.unpublish),
        ("POST", f"{profile.api}/signal", "signal", sessions.signal),
        ("POST", f"{taken}/stop/{{}}", "stopRecording", recordings.stop_recording),
        ("GET", taken, "listRecordings", recordings.list_recordings),
        ("GET", f"{taken}/{{}}", "getRecording", recordings.get_recording),
        ("DELETE", f"{taken}/{{}}", "deleteRecording", recordings.delete_recording),
        ("GET", f"{profile.recordings}/{{}}/{{*}}", "downloadRecording", files.download),
    ]
    if not profile.compatible:
        entries.append(("GET", f"{profile.layouts}/{{*}}", "getLayout", files.layout))
    entries += [
        ("GET", profile.cdr, "listCdr", cdr.list_files),
        ("GET", f"{profile.cdr}/{{}}", "getCdr", cdr.get_file),
    ]
    if not profile.strict_routes:
        entries.append(("GET", "/", "startPage", pages.start))
    if profile.accept_certificate != "gone":
        trust = pages.accept_certificate
        entries.append(("GET", "/accept-certificate", "acceptCertificate", trust))
        if profile.api.startswith("/openvidu"):
            entries.append(("GET", "/openvidu/accept-certificate", "acceptCertificate", trust))
    return entries


def _config(profile: Profile, edition: Edition) -> list[Entry]:
    path = profile.config_path
    entries: list[Entry] = [
        ("GET", f"{path}/{value}", "getConfigValue", config.value_of(value))
        for value in config.VALUES
    ]
    if edition == "ce" or profile.pro_config_path != path:
        entries.append(("GET", path, "getConfig", config.get_config))
    return entries


def _classic(profile: Profile) -> list[Entry]:
    """What 2.15 and the snapshot do in their own way."""
    api = profile.api
    start = recordings.start_recording
    return [
        ("POST", f"{api}/sessions", "createSession", sessions.create_session),
        ("POST", f"{api}/sessions/{{}}/connection", "addCamera", cameras.add_camera),
        ("POST", f"{api}/tokens", "createToken", sessions.create_token),
        ("POST", f"{api}/recordings/start", "startRecording", start),
    ]


def _modern(profile: Profile) -> list[Entry]:
    """What 2.32 does in its own way, and the Connection API."""
    api = profile.api
    connection = f"{api}/sessions/{{}}/connection"
    return [
        ("POST", f"{api}/sessions", "createSession", modern_sessions.create_session),
        ("POST", connection, "createConnection", modern_connections.create_connection),
        ("GET", connection, "listConnections", modern_connections.list_connections),
        ("GET", f"{connection}/{{}}", "getConnection", modern_connections.get_connection),
        ("POST", f"{api}/tokens", "createToken", modern_connections.create_token),
        ("POST", f"{api}/recordings/start", "startRecording", modern_sessions.start_recording),
    ]


def _pro(profile: Profile) -> list[Entry]:
    address = f"{profile.pro}/media-nodes"
    entries: list[Entry] = [
        ("GET", address, "listNodes", nodes.list_nodes),
        ("GET", f"{address}/{{}}", "getNode", nodes.get_node),
        ("POST", address, "addNode", nodes.add_node),
        ("DELETE", f"{address}/{{}}", "removeNode", nodes.remove_node),
        ("PATCH", f"{address}/{{}}", "setNode", nodes.set_node),
        ("PUT", address, "discoverNodes", nodes.discover_nodes),
        ("POST", f"{profile.pro}/restart", "restart", restart.restart),
        ("GET", profile.pro_config_path, "getProConfig", restart.get_config),
    ]
    if profile.modern:
        patch = modern_connections.patch_connection
        connection = f"{profile.api}/sessions/{{}}/connection/{{}}"
        entries.append(("PATCH", connection, "patchConnection", patch))
        entries.append(("GET", f"{profile.api}/health", "health", nodes.health))
    if profile.broadcasts:
        broadcast = f"{profile.api}/broadcast"
        entries.append(("POST", f"{broadcast}/start", "startBroadcast", broadcasts.start))
        entries.append(("POST", f"{broadcast}/stop", "stopBroadcast", broadcasts.stop))
    return entries
