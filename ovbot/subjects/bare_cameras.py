"""IP cameras that OpenVidu lists although it could not publish them: there, without a stream.

Nobody sees anything of them, and they keep the session from ending. OpenVidu makes a camera's id
of its address, so that what was left behind by one attempt can be told from other cameras.
"""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

import msgspec

from ovbot.domain.audit import Outcome
from ovbot.domain.markup import bold, code, md
from ovbot.domain.reply import Buttons
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.openvidu import Connection, OpenViduError, Session
from ovbot.openvidu.errors import ConnectionNotFound, SessionNotFound
from ovbot.openvidu.participants import display_name
from ovbot.openvidu.secret import MASK
from ovbot.subjects import people


def cameras(session: Session) -> list[Connection]:
    """The IP cameras of a session."""
    return [connection for connection in session.connections if connection.is_ip_camera]


def bare(
    there: Sequence[Connection], address: str, known: Collection[str] = ()
) -> list[Connection]:
    """Those without a stream that are of this address (whole, or as it is shown), but ``known``."""
    wanted, is_whole = _tail(address), not address.endswith(MASK)
    return [
        camera
        for camera in there
        if not camera.publishers
        and camera.connection_id not in known
        and _is_of(_plain(camera.connection_id), wanted, is_whole)
    ]


def _is_of(id_: str, tail: str, is_whole: bool) -> bool:
    return id_.endswith(tail) if is_whole else f"_{tail}_" in f"{id_}_"


def _tail(address: str) -> str:
    """The end of a camera's id: host, port and path of its address, as OpenVidu writes them."""
    parts = urlsplit(address.removesuffix(f"/{MASK}"))
    return _plain(parts.netloc.rpartition("@")[2] + parts.path)


def _plain(text: str) -> str:
    return re.sub(r"[/.:]", "_", text).replace("-", "")


async def remove(session: str, left: Sequence[Connection], context: Context) -> list[Connection]:
    """Remove what a failed attempt left behind; returns those that could not be."""
    stay = []
    for camera in left:
        try:
            await context.openvidu.disconnect(session, camera.connection_id)
        except (ConnectionNotFound, SessionNotFound):
            continue
        except OpenViduError:
            stay.append(camera)
    return stay


def failed(
    session: str, address: str, reason: str, stay: Sequence[Connection], *, removed: bool
) -> Result:
    """What is told: it plays nothing, and whether it is gone again. ``reason`` is OpenVidu's."""
    name = bold(display_name(stay[0])) if stay else code(address)
    said = md("OpenVidu could not publish the IP camera {} in session {}.", name, code(session))
    if reason:
        said = said + md(" OpenVidu says: “{}”", reason)
    if stay:
        said = said + md(" It is listed there without a stream: remove it.")
    elif removed:
        said = said + md(" It was listed there without a stream, and ovbot has removed it again.")
    said = said + md(" Check that the camera answers at that address, then try again.")
    buttons = tuple(people.kick(camera, session, display_name(camera)) for camera in stay)
    result = Result(outcome=Outcome.FAILED, said=said, answer="no stream")
    return msgspec.structs.replace(result, parts=(Buttons(buttons),)) if buttons else result
