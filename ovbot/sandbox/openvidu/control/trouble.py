"""Time passes, things go wrong, and tests look at what happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast, get_args

from ovbot.sandbox.openvidu.control.body import Json, Mistake, number, one_of, text, whole
from ovbot.sandbox.openvidu.faults import KINDS, Fault
from ovbot.sandbox.openvidu.state.snapshot import snapshot
from ovbot.sandbox.openvidu.webhooks import Mode

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.simulator import Simulator


async def reset(simulator: Simulator, body: Json, _: str) -> Json:
    """Forget everything but the configuration and the time."""
    simulator.reset()
    return {}


async def requests(simulator: Simulator, body: Json, _: str) -> Json:
    """What the API was asked, in order."""
    return {"requests": simulator.app.asked()}


async def get_state(simulator: Simulator, body: Json, _: str) -> Json:
    """Everything the server remembers."""
    return snapshot(simulator.world)


async def get_faults(simulator: Simulator, body: Json, _: str) -> Json:
    return {"faults": simulator.faults.listed(), "kinds": KINDS}


async def add_fault(simulator: Simulator, body: Json, _: str) -> Json:
    """The next ``times`` calls of ``operation`` (``*``: of any) go wrong this way."""
    operation = text(body, "operation")
    if not operation:
        raise Mistake("operation is missing: a name, or * for any")
    status = whole(body, "status", 200)
    if status is not None and status > 599:
        raise Mistake("status must be at most 599")
    given = body.get("body")
    fault = Fault(
        operation=operation,
        fault=one_of(body, "fault", tuple(KINDS)),
        times=whole(body, "times", 1) or 1,
        status=status,
        seconds=number(body, "seconds"),
        location=text(body, "location") or "",
        body=given if given is None or isinstance(given, str) else json.dumps(given),
        content_type=text(body, "contentType"),
    )
    simulator.faults.add(fault)
    return {"faults": simulator.faults.listed()}


async def clear_faults(simulator: Simulator, body: Json, _: str) -> Json:
    simulator.faults.clear()
    return {"faults": []}


async def get_webhooks(simulator: Simulator, body: Json, _: str) -> Json:
    """What was sent, with the answers."""
    hooks = simulator.webhooks
    sent = [each.told() for each in hooks.log]
    return {"mode": hooks.mode, "times": hooks.times, "pending": hooks.pending, "webhooks": sent}


async def set_webhooks(simulator: Simulator, body: Json, _: str) -> Json:
    """Send normally, lose, multiply or delay the next events, or send them in another order."""
    mode = cast(Mode, one_of(body, "mode", get_args(Mode)))
    times = whole(body, "times", 1)
    seconds = number(body, "seconds")
    simulator.webhooks.switch(mode, times, seconds)
    return {"mode": mode, "times": times}


async def write_cdr(simulator: Simulator, body: Json, _: str) -> Json:
    """Events that were written to the CDR, and that no webhook brings: ``{kind: {…}}`` each."""
    events = body.get("events")
    for each in events if isinstance(events, list) else [None]:
        if (
            not isinstance(each, dict)
            or len(each) != 1
            or not isinstance(next(iter(each.values())), dict)
        ):
            raise Mistake('events must be a list of {"participantLeft": {…}}')
    for each in events or []:
        ((kind, told),) = each.items()
        simulator.world.cdr.write(kind, told)
    return {"written": len(events or [])}


async def move_clock(simulator: Simulator, body: Json, _: str) -> Json:
    """Let seconds pass: everything that was due on the way happens."""
    simulator.clock.advance(number(body, "advance"))
    return {"now": simulator.clock.millis()}
