"""Everything that OpenVidu tells of a session and of who is in it, for ``show --details``.

Join tokens are no field of any model, and of a camera's address only the host is kept. All of it is
foreign text.
"""

from collections.abc import Mapping

from ovbot.domain.markup import Markup, bold, code, join, md, when
from ovbot.domain.words import counted
from ovbot.openvidu import Connection, MediaOptions, Publisher, Session
from ovbot.openvidu.foreign import cut, document
from ovbot.openvidu.models import DefaultRecording
from ovbot.openvidu.participants import display_name, public_id
from ovbot.openvidu.secret import without_addresses
from ovbot.subjects import people

WATCHED = 8
"""Streams that somebody watches and that are named; more are counted."""
_DATA = 200
"""Characters of what a client or an application says of somebody."""
Fact = tuple[str, Markup]


def of_session(session: Session) -> tuple[Fact, ...]:
    """What was chosen when it was created."""
    defaults = session.default_recording
    own = code(session.custom_session_id) if session.custom_session_id else Markup("no")
    facts: list[Fact] = [
        ("Media mode", code(session.media_mode)),
        ("Recorded", code(session.recording_mode)),
        ("Recordings", _recordings(defaults)),
        ("Connections", md("{}", len(session.connections) + session.unreadable)),
        ("Id was chosen", own),
    ]
    if defaults.name:
        facts.append(("Recordings' name", code(defaults.name)))
    if defaults.recording_layout:
        facts.append(("Layout", code(defaults.recording_layout)))
    if defaults.recording_layout == "CUSTOM":
        facts.append(("Custom layout", code(defaults.custom_layout or "/")))
    if defaults.resolution:
        facts.append(("Picture", _picture(defaults.resolution, defaults.frame_rate)))
    if defaults.shm_size:
        # in the unit that --shm-size takes
        facts.append(("Recording memory", md("{} MB", defaults.shm_size // 1024**2)))
    if session.forced_video_codec:
        facts.append(("Video codec", code(session.forced_video_codec)))
    if session.allow_transcoding is not None:
        facts.append(("Transcoding", _yes(session.allow_transcoding)))
    return tuple(facts)


def _recordings(defaults: DefaultRecording) -> Markup:
    more = []
    if not defaults.has_audio:
        more.append("without sound")
    if not defaults.has_video:
        more.append("without picture")
    if defaults.ignore_failed_streams:
        more.append("going on without streams that fail")
    mode = code(defaults.output_mode)
    return md("{}, {}", mode, ", ".join(more)) if more else mode


def _picture(resolution: str, frame_rate: int | None) -> Markup:
    return md("{}{}", resolution, f", {frame_rate} a second" if frame_rate else "")


def _yes(flag: bool) -> Markup:
    return Markup("yes" if flag else "no")


def streams_of(session: Session) -> dict[str, Markup]:
    """Whose each stream is, in words, by its id."""
    return {
        publisher.stream_id: md("{} ({})", bold(display_name(each)), people.source(publisher))
        for each in session.connections
        for publisher in each.publishers
    }


def of_person(
    connection: Connection, streams: Mapping[str, Markup], ahead: int, *, personal: bool
) -> Markup:
    """Lines below somebody's name.

    ``streams``: whose each stream is; ``ahead``: of OpenVidu's clock (ms). ``personal``: with where
    and how they are connected and what is said of them, which is for moderators.
    """
    said = [code(connection.role or "no role"), code(public_id(connection.connection_id))]
    if connection.record is False:
        said.append(Markup("left out of individual recordings"))
    lines = [join(" · ", said)]
    if personal:
        lines += _personal(connection)
    lines += [_stream(publisher, connection, ahead) for publisher in connection.publishers]
    if connection.subscribers:
        lines.append(_watching(connection, streams, ahead))
    return join("\n", lines)


def _personal(connection: Connection) -> list[Markup]:
    said = [md("{}", connection.platform)] if connection.platform else []
    said.append(md("location {}", connection.location or "unknown"))
    if connection.ip:
        said.append(code(connection.ip))
    lines = [join(" · ", said)]
    if connection.client_data:
        lines.append(md("client data {}", _data(connection.client_data)))
    if connection.server_data:
        lines.append(md("server data {}", _data(connection.server_data)))
    return lines


def _data(text: str) -> Markup:
    return code(cut(without_addresses(text), _DATA))


def _stream(publisher: Publisher, connection: Connection, ahead: int) -> Markup:
    options = publisher.media_options
    said = [
        md("publishes {} {}", people.source(publisher), code(public_id(publisher.stream_id))),
        _sound(options),
        _shown(options),
    ]
    if options.video_dimensions:
        said.append(md("{}", dimensions(options.video_dimensions)))
    if options.frame_rate is not None:
        said.append(md("{} frames a second", options.frame_rate))
    if options.filter is not None and options.filter.type:
        method = options.filter.last_exec_method
        last = f" (last: {method.method})" if method is not None and method.method else ""
        said.append(md("filter {}{}", options.filter.type, last))
    if publisher.created_at:
        said.append(md("since {}", when(publisher.created_at - ahead)))
    if connection.is_ip_camera:
        said += _camera(publisher, connection)
    return join(" · ", said)


def _sound(options: MediaOptions) -> Markup:
    if not options.has_audio:
        return Markup("no sound")
    return Markup("sound on" if options.audio_active else "sound muted")


def _shown(options: MediaOptions) -> Markup:
    if not options.has_video:
        return Markup("no picture")
    return Markup("picture on" if options.video_active else "picture off")


def _camera(publisher: Publisher, connection: Connection) -> list[Markup]:
    """How it is read; 2.16+ tells that of the connection."""
    options = publisher.media_options
    said = []
    adapts = _first(options.adaptative_bitrate, connection.adaptative_bitrate)
    if adapts is not None:
        said.append(md("adaptive bitrate {}", _yes(adapts)))
    waits = _first(options.only_play_with_subscribers, connection.only_play_with_subscribers)
    if waits is not None:
        said.append(md("plays only while watched {}", _yes(waits)))
    buffer = options.network_cache
    if buffer is None:
        buffer = connection.network_cache
    if buffer is not None:
        said.append(md("buffer {} ms", buffer))
    if place := publisher.rtsp_uri or connection.rtsp_uri:
        said.append(md("at {}", code(place)))
    return said


def _first(one: bool | None, other: bool | None) -> bool | None:
    return other if one is None else one


def _watching(connection: Connection, streams: Mapping[str, Markup], ahead: int) -> Markup:
    said = []
    for subscriber in connection.subscribers[:WATCHED]:
        whose = streams.get(subscriber.stream_id)
        if whose is None:
            whose = Markup("somebody (beginning)")
            if subscriber.stream_id:
                whose = code(public_id(subscriber.stream_id))
        since = md(" since {}", when(subscriber.created_at - ahead))
        said.append(whose + since if subscriber.created_at else whose)
    more = len(connection.subscribers) - len(said)
    rest = md(" and {}", counted(more, "other stream", "other streams")) if more > 0 else Markup("")
    return md("watches {}{}", join(", ", said), rest)


def dimensions(text: str) -> str:
    """``640x480`` of OpenVidu's JSON text; what cannot be read stands as it is, cut."""
    found = document(text)
    if isinstance(found, dict):
        width, height = found.get("width"), found.get("height")
        if isinstance(width, int) and isinstance(height, int):
            return f"{width}x{height}"
    return cut(text, 40)
