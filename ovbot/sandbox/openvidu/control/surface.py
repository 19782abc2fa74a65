"""The control surface: people come and go, time passes, things go wrong.

Everything below ``/_control`` is the simulator's own and no part of OpenVidu. It takes and gives
JSON, needs no credentials, and answers every mistake with 400 and ``{"error": …}``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ovbot.sandbox.openvidu.control import cluster, people, stuck, trouble
from ovbot.sandbox.openvidu.control.body import Json, Mistake, read
from ovbot.sandbox.openvidu.messages import Call, Reply, json_reply
from ovbot.sandbox.openvidu.state.model import BadToken, Uncaught, Unfit

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.simulator import Simulator

CONTROL = "/_control"

Action = Callable[["Simulator", Json, str], Awaitable[Json]]

ACTIONS: dict[tuple[str, str], Action] = {
    ("POST", "sessions/{}/join"): people.join,
    ("POST", "sessions/{}/leave"): people.leave,
    ("POST", "sessions/{}/publish"): people.publish,
    ("POST", "sessions/{}/unpublish"): people.unpublish,
    ("POST", "sessions/{}/subscribe"): people.subscribe,
    ("POST", "sessions/{}/unsubscribe"): people.unsubscribe,
    ("POST", "sessions/{}/signal"): people.signal,
    ("POST", "sessions/{}/change"): people.change,
    ("POST", "sessions/{}/cut"): people.cut,
    ("POST", "sessions/{}/reconnect"): people.reconnect,
    ("POST", "sessions/{}/stick"): stuck.stick_session,
    ("POST", "recordings/{}"): stuck.force_recording,
    ("GET", "troubles"): stuck.get_troubles,
    ("POST", "troubles"): stuck.add_troubles,
    ("DELETE", "troubles"): stuck.clear_troubles,
    ("POST", "pace"): stuck.set_pace,
    ("POST", "media-server"): stuck.act_on_media_server,
    ("POST", "kill"): stuck.kill,
    ("POST", "reset"): trouble.reset,
    ("GET", "requests"): trouble.requests,
    ("GET", "state"): trouble.get_state,
    ("GET", "faults"): trouble.get_faults,
    ("POST", "faults"): trouble.add_fault,
    ("DELETE", "faults"): trouble.clear_faults,
    ("GET", "webhooks"): trouble.get_webhooks,
    ("POST", "webhooks"): trouble.set_webhooks,
    ("POST", "cdr"): trouble.write_cdr,
    ("POST", "clock"): trouble.move_clock,
    ("POST", "nodes"): cluster.plant_node,
    ("POST", "nodes/{}"): cluster.act_on_node,
    ("POST", "populate"): cluster.populate,
}


async def control(simulator: Simulator, call: Call) -> Reply:
    """Answer one request below ``/_control``."""
    segments = [unquote(each) for each in call.path.removeprefix(CONTROL).strip("/").split("/")]
    variable = segments[1] if len(segments) > 1 else ""
    shape = "/".join("{}" if index == 1 else each for index, each in enumerate(segments))
    action = ACTIONS.get((call.method, shape))
    if action is None:
        return json_reply({"error": f"there is no {call.method} {call.path}"}, 400)
    try:
        return json_reply(await action(simulator, read(call), variable))
    except BadToken as error:
        return json_reply({"error": str(error)}, 401)
    except Uncaught as error:
        return json_reply({"error": f"java.lang.NullPointerException:{error}"}, 400)
    except (Mistake, Unfit) as error:
        return json_reply({"error": str(error)}, 400)
