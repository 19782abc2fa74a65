"""One error class per thing that an OpenVidu call can mean, other than success.

Callers decide by class, or by `OpenViduError.effect`; people read ``sentence`` and
``next_step``; audits and tests keep ``code``, whose form is ``<operation>.<meaning>``. Which
status of which operation means what stands in the tables of `ovbot.openvidu.operations`.
"""

from __future__ import annotations

import unicodedata
from typing import ClassVar, Literal

from ovbot.errors import OtherSideError
from ovbot.openvidu.secret import without_addresses

MESSAGE_LIMIT = 300

Effect = Literal["none", "unknown", "already"]


class OpenViduError(OtherSideError):
    """An OpenVidu call that did not do what was asked.

    ``operation`` is the client's method; ``status`` the HTTP status, if there was an answer;
    ``message`` OpenVidu's own words, if any (foreign text: capped, without control characters,
    still to be escaped); ``effect`` what the call has done to the server: ``none``, ``unknown``,
    or ``already`` when what was asked for holds anyway; ``finder`` the method that finds out,
    when the effect is unknown. No attribute ever holds the secret.
    """

    meaning: ClassVar[str] = "failed"
    effect: ClassVar[Effect] = "none"
    passing: bool = False
    """It may be over in a moment: the same again, a little later, may well be answered. (Of what
    is Unknown only after a look.) Refusals do not pass."""

    def __init__(
        self,
        sentence: str,
        next_step: str = "",
        *,
        operation: str = "",
        verb: str = "openvidu",
        status: int | None = None,
        message: str = "",
        finder: str | None = None,
    ) -> None:
        super().__init__(sentence, next_step)
        self.operation = operation
        self.status = status
        self.message = presentable(without_addresses(message))
        self.finder = finder
        self.code = f"{verb}.{self.meaning}"

    @property
    def already(self) -> bool:
        """What was asked for holds anyway: already gone, already stopped, already there."""
        return self.effect == "already"

    @property
    def reason(self) -> str:
        """Why the server itself failed, in its own words without what leads up to them.

        Such as "Couldn't initialize recording container. …" of a recording's start. Empty where
        it said nothing, or what was only refused (``message`` has those words).
        """
        if self.status is None or self.status < 500:
            return ""
        return self.message.removeprefix("Error starting recording: ")


def presentable(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Foreign text on one line, without control or format characters, at most ``limit`` long."""
    words = "".join(" " if c.isspace() else c for c in text[: limit * 4])
    kept = "".join(c for c in words if unicodedata.category(c)[0] != "C")
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


# ---- nothing was asked of the server, or it could not answer -----------------------------------


class BadArgument(OpenViduError):
    """Refused here, before anything was sent."""

    meaning = "bad_argument"


class Unsupported(OpenViduError):
    """This server cannot do that; known before the call."""

    meaning = "unsupported"


class TooOld(Unsupported):
    """The operation came with a later version of OpenVidu."""

    meaning = "too_old"


class ProOnly(Unsupported):
    """The operation exists in OpenVidu Pro and Enterprise only."""

    meaning = "pro_only"


class Unreachable(OpenViduError):
    """No answer, and an effect is impossible: nothing was sent, or it was only a question."""

    meaning = "unreachable"
    passing = True


class Untrusted(Unreachable):
    """The server's certificate was not accepted, so nothing was sent to it."""

    meaning = "untrusted"
    passing = False  # a certificate does not mend itself


class Unavailable(Unreachable):
    """Something in front of OpenVidu answered that OpenVidu is not there (502, 503, 504)."""

    meaning = "unavailable"


class Unknown(OpenViduError):
    """An action was sent and its outcome is not known; ``finder`` names the method that tells."""

    meaning = "unknown"
    effect = "unknown"
    passing = True


# ---- any operation -----------------------------------------------------------------------------


class Unauthorized(OpenViduError):
    """401: the secret is not this server's."""

    meaning = "unauthorized"


class Doubted(Unauthorized):
    """A 2.32's empty 401: the secret is wrong, or it failed inside. Never leaves this service."""


class Unexpected(OpenViduError):
    """An answer that OpenVidu does not document; on an action, one that shows it had no effect."""

    meaning = "unexpected"


class ServerFault(Unexpected):
    """OpenVidu failed over a question: 500, and from 2.32 on an empty 403 or 401. May pass.

    Of an action that is `Unknown`, with the same ``status``, ``message`` and ``reason``.
    """

    meaning = "server_fault"
    passing = True


class Unreadable(Unexpected):
    """400 with a web server's page: it could not read the address; OpenVidu did not see it."""

    meaning = "unreadable"


class Forbidden(Unexpected):
    """403 with somebody else's body: something in front of OpenVidu keeps this address out."""

    meaning = "forbidden"


class Redirected(Unexpected):
    """3xx: redirects are not followed, since the credentials would go along."""

    meaning = "redirected"


class TooLarge(Unexpected):
    """413: the request is larger than a proxy in front lets through."""

    meaning = "too_large"


class TooManyRequests(Unexpected):
    """429: something in front of OpenVidu limits the rate."""

    meaning = "too_many"
    passing = True


class BadRequest(OpenViduError):
    """400 (or 422): OpenVidu refused a parameter; ``message`` usually tells which."""

    meaning = "bad_request"


# ---- sessions and connections ------------------------------------------------------------------


class SessionExists(OpenViduError):
    """409 on creating: the custom id is in use; that session can be used as it is."""

    meaning = "exists"
    effect = "already"


class SessionNotFound(OpenViduError):
    """No such session now: closed, or never created."""

    meaning = "no_session"


class SessionGone(SessionNotFound):
    """No such session now, which is just as well: it was to be closed or left."""

    effect = "already"


class SessionBusy(OpenViduError):
    """400 on closing: somebody else held the session's closing lock for fifteen seconds."""

    meaning = "busy"
    passing = True


class NobodyConnected(OpenViduError):
    """406: nobody is connected, or a named recipient is not."""

    meaning = "nobody_connected"


class ConnectionNotFound(OpenViduError):
    """The session has no such connection now."""

    meaning = "no_connection"


class ConnectionGone(ConnectionNotFound):
    """The session has no such connection now, which is what was asked for."""

    effect = "already"


class StreamGone(OpenViduError):
    """The session has no such stream now, which is what was asked for."""

    meaning = "no_stream"
    effect = "already"


class CameraStream(OpenViduError):
    """405: the stream is an IP camera's; only its whole connection can be removed."""

    meaning = "camera"


class CameraFailed(OpenViduError):
    """500 on adding a camera: OpenVidu could not publish it."""

    meaning = "camera_failed"


# ---- broadcasts --------------------------------------------------------------------------------


class AlreadyBroadcast(OpenViduError):
    """409 on starting: being broadcast already, or the session's media is not routed."""

    meaning = "already_broadcast"


class NotBroadcast(OpenViduError):
    """409 on stopping: the session is not broadcast, which is what was asked for."""

    meaning = "not_broadcast"
    effect = "already"


# ---- recordings --------------------------------------------------------------------------------


class BadRecordingSettings(BadRequest):
    """422: the resolution is out of range, or neither audio nor video was asked for."""

    meaning = "bad_settings"


class AlreadyRecording(OpenViduError):
    """409 on starting: being recorded already, or the session's media is not routed."""

    meaning = "already_recording"


class RecordingStarting(OpenViduError):
    """406 on stopping: it has not finished starting."""

    meaning = "starting"
    passing = True


class RecordingNotFound(OpenViduError):
    """No such recording."""

    meaning = "no_recording"


class RecordingGone(RecordingNotFound):
    """No such recording (to delete), or none that runs (to stop): what was asked for holds.

    Not so for a stop while the start is still on its way: then the session says ``recording``, and
    the stop is to be repeated, as after `RecordingStarting`.
    """

    effect = "already"


class RecordingRunning(OpenViduError):
    """409 on deleting: it must be stopped first."""

    meaning = "running"


class RecordingDisabled(OpenViduError):
    """501: OPENVIDU_RECORDING is false on this server."""

    meaning = "recording_disabled"


class NodeCannotRecord(OpenViduError):
    """503 on starting (2.17+ Pro): the session's media node takes no recordings now."""

    meaning = "node_cannot_record"
    passing = True


class CdrFileGone(OpenViduError):
    """The CDR has no such file any more."""

    meaning = "no_file"


class BeyondEnd(OpenViduError):
    """416, or 2.32's 403: a file ends before the part of it that was asked for."""

    meaning = "beyond_end"


# ---- media nodes and the cluster (Pro) ---------------------------------------------------------


class NodeNotFound(OpenViduError):
    """No such media node."""

    meaning = "no_node"


class NodeGone(NodeNotFound):
    """No such media node (any more), which is what was asked for."""

    effect = "already"


class NodeUnreachable(OpenViduError):
    """404 on adding: OpenVidu cannot reach a media node at that URI."""

    meaning = "node_unreachable"


class NodeExists(OpenViduError):
    """409 on adding: that media node is registered already."""

    meaning = "exists"
    effect = "already"


class NodeUriNeeded(OpenViduError):
    """501 on adding: on premises a media node must be named by its URI."""

    meaning = "uri_needed"


class NodeLaunchFailed(OpenViduError):
    """502 on adding: the new instance did not come up."""

    meaning = "launch_failed"


class NodeBusy(OpenViduError):
    """409 on removing: sessions are running on the node."""

    meaning = "node_busy"


class NodeTerminationFailed(OpenViduError):
    """502 on removing: the instance could not be terminated."""

    meaning = "termination_failed"


class BadTransition(BadRequest):
    """400 on changing a node: its present status does not allow the one asked for."""

    meaning = "bad_transition"


class NotOnThisCluster(OpenViduError):
    """405 or 501: the cluster's environment does not offer this."""

    meaning = "not_on_this_cluster"


class BadProperty(BadRequest):
    """400 on restarting: a property is not valid; the server was not restarted."""

    meaning = "bad_property"
