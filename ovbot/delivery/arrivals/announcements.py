"""What channels are told: one reply for each thing that happens. Every foreign word is escaped."""

from ovbot.delivery.arrivals.reasons import of_session, words, words_alone
from ovbot.domain import words as numbers
from ovbot.domain.actor import OVBOT
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.domain.reply import Buttons, Note, Paragraph, Reply
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.participants import name_from
from ovbot.store.recordings import Known
from ovbot.subjects import ways_out


def recording(known: Known, team: str, ahead: int = 0) -> Reply:
    """A recording is ready, or failed, as told in ``team``; OpenVidu's clock is ``ahead`` (ms)."""
    seen = known.seen
    what = ways_out.called(seen.recording, seen.name, seen.session)
    who = _recorded_by(known, team)
    note = md("Started {}", when(seen.created_at - ahead))
    if (why := words_alone(seen.reason)) and seen.status != "failed":
        note = md("{} · stopped because {}", note, why)
    deeds = ways_out.with_recording(seen.recording, seen.created_at, seen.name)

    def told(said: Markup, sign: str) -> Reply:
        return Reply(said, (Paragraph(md("{} {}", Markup(sign), said)), *deeds, Note(note)))

    if seen.status == "failed":
        said = md("{} failed{}. It was recorded {}.", what, words(seen.reason), who)
        return told(said, ":x:")
    length, size = numbers.duration(seen.duration), numbers.size(seen.size)
    if seen.empty:
        said = md("{} is empty: OpenVidu calls it ready, with {} and {}.", what, length, size)
        return told(said, ":x:")
    after_all = Markup(" after all" if known.told_before else "")
    said = md("{} is ready{}: {}, {}, recorded {}.", what, after_all, length, size, who)
    return told(said, ":movie_camera:")


def stuck(known: Known, ahead: int = 0) -> Reply:
    """A recording does not get any further."""
    seen = known.seen
    what = ways_out.called(seen.recording, seen.name, seen.session)
    if seen.status == "stopped":
        said = md("{} was stopped and is still not ready.", what)
        next_step = "It may be lost. It can be deleted when OpenVidu has been restarted."
    else:
        said = md("{} is still {}, although its session has ended.", what, bold(seen.status))
        next_step = "It stays so, and can only be deleted. OpenVidu may have crashed meanwhile."
    note = Note(md("{} Begun {}.", next_step, when(seen.created_at - ahead)))
    button = ways_out.delete_by_id(seen.recording, seen.created_at, seen.name or seen.recording)
    return Reply(said, (Paragraph(md(":hourglass: {}", said)), Buttons((button,)), note))


def session_created(session: str, created_at: int) -> Reply:
    """A session is there."""
    said = md("Session {} was created.", code(session))
    return _line(":large_green_circle:", said, created_at)


def session_ended(session: str, duration: float | None, reason: str | None, at: int) -> Reply:
    """A session is over; ``duration`` in seconds."""
    said = md("Session {} ended{}{}.", code(session), _after(duration), of_session(reason))
    return _line(":white_circle:", said, at)


def session_vanished(session: str, at: int) -> Reply:
    """A session is over, and OpenVidu's word of it did not arrive."""
    said = md("Session {} ended; OpenVidu did not tell ovbot when or why.", code(session))
    return _line(":white_circle:", said, at)


def session_alive(session: str, at: int) -> Reply:
    """What was told of a session's end was wrong."""
    said = md("Session {} has not ended after all: it is live.", code(session))
    return _line(":large_green_circle:", said, at)


def participant(event: WebhookEvent, at: int) -> Reply:
    """Somebody joined or left."""
    name = bold(name_from(event.connection_id or "", event.client_data, event.server_data))
    session = code(event.session_id or "")
    if event.kind == "participantJoined":
        return _line(":arrow_right:", md("{} joined session {}.", name, session), at)
    after, why = _after(event.duration), words(event.reason)
    said = md("{} left session {}{}{}.", name, session, after, why)
    return _line(":arrow_left:", said, at)


def broadcast(event: WebhookEvent, at: int, by: Markup) -> Reply:
    """A session is broadcast from now on, or no longer; ``by`` is who asked for it, if known."""
    session = code(event.session_id or "")
    asked = md(" {} asked for it.", by) if by else Markup("")
    if event.kind == "broadcastStarted":
        said = md("Session {} is being broadcast.{}", session, asked)
        return _line(":satellite_antenna:", said, at)
    after, why = _after(event.duration), words(event.reason)
    said = md("The broadcast of session {} ended{}{}.{}", session, after, why, asked)
    return _line(":satellite_antenna:", said, at)


def node(event: WebhookEvent, at: int) -> Reply:
    """A media node changed, crashed or came back."""
    name = md(" {}", code(event.node_id)) if event.node_id else None
    node = md("Node{}", name) if name else Markup("A node that OpenVidu does not name")
    if event.kind == "nodeCrashed":
        said = md("{} crashed. Sessions and recordings on it are lost.", node)
        return _line(":rotating_light:", said, at)
    if event.kind == "nodeRecovered":
        return _line(":white_check_mark:", md("{} is back.", node), at)
    before = md(" (it was {})", event.old_status) if event.old_status else Markup("")
    media = md("Media node{}", name) if name else Markup("A media node that OpenVidu does not name")
    said = md("{} is now {}{}.", media, event.status or "unknown", before)
    return _line(":gear:", said, at)


def _after(duration: float | None) -> Markup:
    """How long it lasted (seconds), where that is told: a clock that is set back makes nonsense."""
    known = duration is not None and duration >= 0
    return md(" after {}", numbers.duration(duration or 0)) if known else Markup("")


def _recorded_by(known: Known, team: str) -> Markup:
    if not known.started_by:
        return Markup("automatically or outside Slack")
    if known.started_by == OVBOT:
        return Markup("by whom is not known: OpenVidu's answer to ovbot was lost")
    if known.team != team:
        return Markup("by someone in another workspace")
    return md("by {}", mention(known.started_by))


def _line(mark: str, said: Markup, at: int) -> Reply:
    return Reply(said, (Paragraph(md("{} {}", Markup(mark), said)), Note(when(at))))
