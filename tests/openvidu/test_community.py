"""Every operation of Pro on a server that runs Community: nothing is done, and that is said."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import errors as e
from ovbot.openvidu.operations import OPERATIONS
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import SECRET, URL, Room, room
from tests.openvidu.invoke import INVOKE
from tests.openvidu.test_statuses import Anybody

PRO = [name for name, operation in OPERATIONS.items() if operation.pro and name != "pro_config"]
NEWER = {"start_broadcast", "stop_broadcast", "modify_connection", "health"}
PROFILES: list[ProfileName] = ["seed", "2.15", "2.20", "2.31", "2.32"]


def what_is(r: Room) -> Any:
    """All that a change could have changed."""
    world = r.simulator.world
    sessions = [(s.id, sorted(s.participants), s.broadcast) for s in world.sessions.all()]
    roles = [p.token.role for s in world.sessions.all() for p in s.participants.values()]
    return sessions, roles, world.settings


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("operation", PRO)
async def test_where_the_edition_is_known_it_is_not_even_asked(
    profile: ProfileName, operation: str
) -> None:
    async with room(profile) as r:
        r.meeting()
        with pytest.raises(e.ProOnly) as caught:
            await INVOKE[operation](r.client, Anybody())
        assert "takes OpenVidu Pro" in caught.value.sentence
        assert caught.value.effect == "none"
        assert r.asked() == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("operation", PRO)
async def test_who_was_told_that_it_is_pro_hears_that_it_is_not(
    profile: ProfileName, operation: str
) -> None:
    async with room(profile) as r:
        r.meeting()
        before = what_is(r)
        transport = httpx.ASGITransport(app=r.simulator.app)
        async with OpenVidu(URL, SECRET, transport=transport, edition="pro") as misled:
            with pytest.raises(e.OpenViduError) as caught:
                await INVOKE[operation](misled, Anybody())
        error = caught.value
        if isinstance(error, e.TooOld):
            assert operation in NEWER
        elif profile == "2.32":
            # An empty 403 is also what breaks inside; so it is not known, and both are named.
            assert isinstance(error, e.Unknown | e.ServerFault)
            assert "check that this server runs OpenVidu Pro" in error.next_step
        else:
            assert type(error) is e.ProOnly
            assert "Nothing was done" in error.sentence
        assert what_is(r) == before
