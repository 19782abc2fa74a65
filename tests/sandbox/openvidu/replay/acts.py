"""What people, networks, media servers and Docker do in a trace, by the control surface.

The one place where an act or a trouble of a trace becomes a call below ``/_control``. An act's
name may have an ordinal or a story in it ("publish a third time", "a watcher leaves"): the first
word of ``ACTS`` that it contains decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import quote

from ovbot.sandbox.openvidu.state.troubles import KINDS

Json = dict[str, Any]
PLATFORM = "Chrome 130 on Linux"


class Unplayable(Exception):
    """The simulator has no such act yet; the text says which."""


class Stage(Protocol):
    """Where a trace is played."""

    scenario: str
    watched: dict[str, str]
    """The stream that somebody asked for last, by their connection."""

    async def control(self, path: str, body: Json) -> Json:
        """Call the control surface; ``{"error": …}`` if it refused."""

    async def pass_time(self, seconds: float) -> None: ...

    def session_of(self, connection_id: str) -> str:
        """The session that somebody joined."""


Act = Callable[[Stage, Json], Awaitable[Json | None]]


async def play(stage: Stage, do: Json) -> Json | None:
    """Act one act: ``{"is": id}`` or ``{"error": words}``, None where it gives nothing."""
    for words, act in ACTS:
        if words in do["person"]:
            return await act(stage, do)
    raise Unplayable(do["person"])


async def trouble(stage: Stage, what: Json) -> None:
    """From here on the media server or Docker goes wrong in this way."""
    known = {part: how for part, how in what.items() if how in KINDS.get(part, {})}
    # A way that has no name here is as bad as the first that has.
    rest = {part: next(iter(KINDS[part])) for part, how in what.items() if how and part in KINDS}
    answer = await stage.control("troubles", rest | known)
    if "error" in answer:
        raise Unplayable(f"trouble {what}: {answer['error']}")


async def _join(stage: Stage, do: Json) -> Json | None:
    body = {"clientData": do.get("data", "Ana"), "token": do["token"], "platform": PLATFORM}
    if stage.scenario == "watching":
        body["subscribe"] = False
    return _given(
        await stage.control(f"sessions/{quote(do['session'])}/join", body), "connectionId"
    )


async def _publish(stage: Stage, do: Json) -> Json | None:
    await _refuse(stage, do)
    given = do.get("with", {})
    kind = given.get("typeOfVideo", "CAMERA").lower()
    body = {"connectionId": do["who"], "publish": kind}
    body |= {name: value for name, value in given.items() if name != "typeOfVideo"}
    return _given(await _there(stage, do, "publish", body), "streamId")


async def _unpublish(stage: Stage, do: Json) -> Json | None:
    return _given(await _there(stage, do, "unpublish", {"connectionId": do["who"]}))


async def _moderator_unpublishes(stage: Stage, do: Json) -> Json | None:
    owner = do["stream"][do["stream"].find("con_") :]
    body = {"connectionId": owner, "reason": "forceUnpublishByUser"}
    return _given(await _there(stage, do, "unpublish", body))


async def _moderator_kicks(stage: Stage, do: Json) -> Json | None:
    body = {"connectionId": do["whom"], "reason": "forceDisconnectByUser"}
    return _given(await _there(stage, do, "leave", body))


async def _leave(stage: Stage, do: Json) -> Json | None:
    return _given(await _there(stage, do, "leave", {"connectionId": do["who"]}))


async def _signal(stage: Stage, do: Json) -> Json | None:
    body = {"connectionId": do["who"]}
    body |= {name: do[name] for name in ("to", "type", "data") if name in do}
    return _given(await _there(stage, do, "signal", body))


async def _reconnect(stage: Stage, do: Json) -> Json | None:
    return _given(await _there(stage, do, "reconnect", {"connectionId": do["who"]}))


async def _drop(stage: Stage, do: Json) -> Json | None:
    return _given(await _there(stage, do, "cut", {"connectionId": do["who"]}))


async def _subscribe(stage: Stage, do: Json) -> Json | None:
    await _refuse(stage, do)
    body = {"connectionId": do["who"], "to": do.get("to")}
    if "nobody" in do["person"]:
        body["to"] = "con_Nobody"
    elif "to" in do:
        stage.watched[do["who"]] = do["to"]
    return _given(await _there(stage, do, "subscribe", body))


async def _unsubscribe(stage: Stage, do: Json) -> Json | None:
    # The traces' client named the stream, where the server wants to know whose it is.
    body = {"connectionId": do["who"], "to": stage.watched.get(do["who"])}
    return _given(await _there(stage, do, "unsubscribe", body))


async def _refuse(stage: Stage, do: Json) -> None:
    """The media server refuses, or makes an endpoint through which nothing flows."""
    if "refuses" in do["person"]:
        await stage.control("troubles", {"sdp": "error"})
    elif "makes nothing" in do["person"]:
        await stage.control("troubles", {"create": "nothing"})


async def _change(stage: Stage, do: Json) -> Json | None:
    body = {"connectionId": do["who"], "property": do["property"], "value": do["value"]}
    return _given(await _there(stage, do, "change", body))


async def _restart(stage: Stage, do: Json) -> Json | None:
    return _given(await stage.control("media-server", {"action": "restart"}))


async def _wait(stage: Stage, do: Json) -> Json | None:
    """As long as the traces' client waited; nine seconds were not enough to notice anything."""
    words = {"recording": 6.0, "collected": 8.0, "notices": 8.95}
    seconds = next((each for word, each in words.items() if word in do["person"]), 10.0)
    await stage.pass_time(seconds)
    return None


ACTS: tuple[tuple[str, Act], ...] = (
    ("wait", _wait),
    ("leave", _leave),
    ("moderator unpublishes", _moderator_unpublishes),
    ("moderator kicks", _moderator_kicks),
    ("media server restarts", _restart),
    ("unpublish", _unpublish),
    ("publish", _publish),
    ("unsubscribe", _unsubscribe),
    ("subscribe", _subscribe),
    ("change a stream", _change),
    ("send a signal", _signal),
    ("network drop", _drop),
    ("reconnect", _reconnect),
    ("join", _join),
)


async def _there(stage: Stage, do: Json, what: str, body: Json) -> Json:
    session = quote(stage.session_of(do["who"]))
    return await stage.control(f"sessions/{session}/{what}", body)


def _given(answer: Json, what: str = "") -> Json | None:
    """What an act gave, as a trace tells it."""
    if "error" in answer:
        if answer["error"].startswith("there is no POST /_control"):
            raise Unplayable(answer["error"])
        return {"error": answer["error"]}
    return {"is": answer[what]} if what else None
