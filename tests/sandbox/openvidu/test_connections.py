"""The Connection API of 2.16 and later."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.openvidu.bench import NOW_MS, Bench, bench, told

NO_BOOLEAN = (
    "Type error in parameter 'record': class java.lang.String cannot be cast to class "
    "java.lang.Boolean (java.lang.String and java.lang.Boolean are in module java.base of "
    "loader 'bootstrap')"
)


async def pending(on: Bench, **body: Any) -> dict[str, Any]:
    answer = await on.api("POST", "/sessions/room/connection", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_pending_connection() -> None:
    async with bench("2.32") as on:
        await on.session()
        found = await pending(on, role="MODERATOR", data="srv", record=False)
        assert list(found.items()) == [
            ("id", found["id"]),
            ("object", "connection"),
            ("status", "pending"),
            ("connectionId", found["id"]),
            ("sessionId", "room"),
            ("createdAt", NOW_MS),
            ("type", "WEBRTC"),
            ("record", False),
            ("role", "MODERATOR"),
            ("kurentoOptions", None),
            ("customIceServers", []),
            ("rtspUri", None),
            ("adaptativeBitrate", None),
            ("onlyPlayWithSubscribers", None),
            ("networkCache", None),
            ("serverData", "srv"),
            ("token", found["token"]),
            ("activeAt", None),
            ("location", None),
            ("ip", None),
            ("platform", None),
            ("clientData", None),
            ("publishers", None),
            ("subscribers", None),
        ]


async def test_the_body_is_optional() -> None:
    async with bench("2.32") as on:
        await on.session()
        answer = await on.api("POST", "/sessions/room/connection")
        assert (answer.json()["type"], answer.json()["role"]) == ("WEBRTC", "PUBLISHER")


async def test_from_pending_to_active() -> None:
    async with bench("2.32") as on:
        await on.session()
        found = await pending(on, kurentoOptions={"videoMaxRecvBandwidth": 5})
        path = f"/sessions/room/connection/{found['id']}"
        assert (await on.api("GET", path)).json() == found
        await on.pass_time(3)
        here = await on.join(token=found["token"], clientData="Mike", publish="camera")
        assert here["connectionId"] == found["id"]
        active = (await on.api("GET", path)).json()
        assert active["status"] == "active"
        assert (active["createdAt"], active["activeAt"]) == (NOW_MS, NOW_MS + 3000)
        assert active["kurentoOptions"] == {"videoMaxRecvBandwidth": 5}
        assert len(active["publishers"]) == 1


async def test_which_listing_has_the_pending_ones() -> None:
    async with bench("2.32") as on:
        await on.session()
        waiting = await pending(on)
        active = await on.join(clientData="Mike")

        async def ids(path: str) -> list[str]:
            found = (await on.api("GET", path)).json()
            found = found.get("connections", found)
            assert found["numberOfElements"] == len(found["content"])
            return [each["id"] for each in found["content"]]

        only_active = [active["connectionId"]]
        both = [active["connectionId"], waiting["id"]]
        assert await ids("/sessions/room/connection") == both
        assert await ids("/sessions/room/connection?pendingConnections=false") == only_active
        assert await ids("/sessions/room") == only_active
        assert await ids("/sessions/room?pendingConnections=true") == both
        listed = (await on.api("GET", "/sessions?pendingConnections=true")).json()
        assert listed["content"][0]["connections"]["numberOfElements"] == 2


async def test_deleting_an_unused_token() -> None:
    async with bench("2.32") as on:
        await on.session()
        waiting = await pending(on)
        path = f"/sessions/room/connection/{waiting['id']}"
        assert (await on.api("DELETE", path)).status_code == 204
        assert (await on.api("DELETE", path)).status_code == 404
        late = await on.client.post(
            "/_control/sessions/room/join", json={"token": waiting["token"]}
        )
        assert late.status_code == 401


async def test_an_unused_token_cannot_be_deleted_before_2_16() -> None:
    async with bench("seed") as on:
        await on.session()
        token = (await on.api("POST", "/tokens", json={"session": "room"})).json()
        path = f"/sessions/room/connection/{token['connectionId']}"
        assert (await on.api("DELETE", path)).status_code == 404


async def test_ice_servers_are_kept() -> None:
    async with bench("2.32") as on:
        await on.session()
        server = {"url": "turn:turn.example.com", "username": "u", "credential": "c"}
        assert (await pending(on, customIceServers=[server]))["customIceServers"] == [server]
        mistakes: tuple[Any, ...] = ({}, [{}], [1])
        for wrong in mistakes:
            body = {"customIceServers": wrong}
            answer = await on.api("POST", "/sessions/room/connection", json=body)
            assert answer.status_code == 400


async def test_pro_changes_role_and_record_and_nothing_else() -> None:
    async with bench("2.32", edition="pro") as on:
        await on.session()
        waiting = await pending(on, data="srv")
        path = f"/sessions/room/connection/{waiting['id']}"
        changed = await on.api("PATCH", path, json={"role": "SUBSCRIBER", "data": "other"})
        assert changed.status_code == 200
        assert changed.json() == waiting | {"role": "SUBSCRIBER"}
        await on.join(token=waiting["token"])
        changed = await on.api("PATCH", path, json={"record": False})
        assert (changed.json()["role"], changed.json()["record"]) == ("SUBSCRIBER", False)
        assert changed.json()["serverData"] == "srv"
        assert (await on.api("PATCH", path, json={})).json() == changed.json()


@pytest.mark.parametrize(
    ("session", "connection", "body", "status", "message"),
    [
        ("nope", "con_x", {"role": 1}, 404, None),
        ("room", "con_x", {"role": "X"}, 400, "Parameter role X is not defined"),
        (
            "room",
            "con_x",
            {"record": "x"},
            400,
            NO_BOOLEAN,
        ),
        ("room", "con_x", {"role": "PUBLISHER"}, 404, None),
    ],
)
async def test_what_a_change_is_checked_for(
    session: str, connection: str, body: dict[str, Any], status: int, message: str | None
) -> None:
    async with bench("2.32", edition="pro") as on:
        await on.session()
        path = f"/sessions/{session}/connection/{connection}"
        answer = await on.api("PATCH", path, json=body)
        assert answer.status_code == status
        if message is None:
            assert answer.content == b""
        else:
            assert answer.json() == told(on, status, message, path)


async def test_a_subscriber_may_publish_once_promoted() -> None:
    async with bench("2.32", edition="pro") as on:
        here = (await on.join(role="SUBSCRIBER"))["connectionId"]
        refused = await on.client.post(
            "/_control/sessions/room/publish", json={"connectionId": here}
        )
        assert refused.status_code == 400
        await on.api("PATCH", f"/sessions/room/connection/{here}", json={"role": "PUBLISHER"})
        assert (await on.control("sessions/room/publish", connectionId=here))["streamId"]
