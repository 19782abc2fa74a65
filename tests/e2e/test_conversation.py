"""The same conversation in Socket Mode and in HTTP mode, between separate processes."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from tests.e2e.installation import (
    BEN,
    GENERAL,
    MODERATION,
    Installation,
    eventually,
    installation,
)


@pytest.fixture(params=["socket", "http"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path, request.param) as running:
        yield running


def test_the_main_job(world: Installation) -> None:
    for name in ("Lina", "Tom", "<!channel>"):
        world.join(name)

    world.type("list", channel=GENERAL)
    listed = world.hear("There is one live session", channel=GENERAL)
    assert listed["is_ephemeral"] is True

    world.type("bind demo")
    world.hear("bound this channel to `demo`", user=BEN)

    world.type("show")
    panel = world.hear("Session demo is live with three participants")
    assert "<!channel>" not in json.dumps(panel)
    assert not world.saying("Session demo is live", user=BEN)

    world.kick("Tom", panel)
    assert "<@U01ANA> removed *Tom* from session `demo`" in world.hear("removed", user=BEN)["text"]
    assert world.people() == ["<!channel>", "Lina"]
    eventually(lambda: world.saying("live with two participants"), "the panel is shown anew")
    assert not world.saying("live with three participants")

    world.type("kick Lina talking too much")
    world.hear("Reason: talking too much", user=BEN)

    world.type("kick 1", user=BEN)
    denial = world.hear("needs the role *moderator*", user=BEN)
    assert denial["is_ephemeral"] is True
    assert "<@U01ANA>" in denial["text"]

    world.type("record start --name lecture")
    world.hear("started recording session `demo`", user=BEN)
    world.type("record stop")
    world.hear("stopped the recording", user=BEN)
    ready = world.hear("is ready", user=BEN)
    for part in ("lecture", "`demo`", "<@U01ANA>", " s", " kB"):
        assert part in json.dumps(ready), part
    assert len(world.saying("is ready", user=BEN)) == 1

    world.type("audit --limit 20")
    entries = json.dumps(world.hear("of the audit")["blocks"])
    assert "intent \\u2192 attempt \\u2192 *done* (204)" in entries
    assert "*denied* (needs moderator, has viewer)" in entries


def test_a_webhook_that_comes_five_times_or_never_is_one_message(world: Installation) -> None:
    world.join("Lina")
    world.type("bind demo recordings")
    world.hear("bound this channel")
    world.control("webhooks", {"mode": "duplicate", "times": 5})
    world.type("record start --name one")
    world.hear("started recording")
    world.type("record stop")
    world.hear("is ready")

    world.control("webhooks", {"mode": "off"})
    world.type("record start --name two")
    world.hear("recording `demo-1`")
    world.type("record stop")
    eventually(lambda: len(world.saying("is ready")) == 2, "the sweep finds the second one")
    # One more round of sweeps and deliveries would show a repetition.
    world.control("webhooks", {"mode": "on"})
    world.type("record start --name three")
    world.hear("recording `demo-2`")
    world.type("record stop")
    eventually(lambda: len(world.saying("is ready")) == 3, "the third one")
    names = [name for name in ("one", "two", "three") if len(world.saying(f"{name}")) >= 1]
    assert names == ["one", "two", "three"]


def test_bad_input_gets_clear_answers(world: Installation) -> None:
    world.join("Lina")
    world.type("kik Lina")
    world.hear("Did you mean *kick*?")
    world.type("kick " + "x" * 10_000)
    world.hear("Not understood")
    world.type("show ../../config")
    world.hear("There is no live session “../../config”")
    world.type("kick --session demo Nobody")
    world.hear("Nobody in session demo is called “Nobody”")
    world.type("whoami", user=BEN, channel=GENERAL)
    world.hear("Your role here is *none*", user=BEN, channel=GENERAL)
    world.type("list", user=BEN, channel=GENERAL)
    world.hear("Not allowed", user=BEN, channel=GENERAL)
    assert world.people() == ["Lina"]
    assert world.bot.alive


def test_bad_webhooks_get_the_documented_status(world: Installation) -> None:
    good = {"event": "sessionCreated", "sessionId": "demo", "timestamp": 1}
    assert world.post_webhook(json.dumps(good).encode()) == 200
    assert world.post_webhook(json.dumps(good).encode(), secret="wrong") == 401
    assert world.post_webhook(b"{broken") == 400
    assert world.post_webhook(b"[]") == 400
    many = b'{"event":"x","a":[' + b'"y",' * 1_200_000 + b'"y"]}'
    assert world.post_webhook(many) == 413
    told = json.dumps({**good, "timestamp": 2, "clientData": "x" * 300_000}).encode()
    assert world.post_webhook(told) == 200
    latin = '{"event":"participantJoined","sessionId":"demo","timestamp":2,"clientData":"é"}'
    assert world.post_webhook(latin.encode("latin-1")) == 200
    assert world.post_webhook(b'{"event":"somethingNew","timestamp":3}') == 200
    assert world.bot.alive


def test_an_unreachable_and_a_wrongly_authenticated_openvidu(world: Installation) -> None:
    world.control("faults", {"operation": "*", "fault": "status", "status": 401, "times": 20})
    world.type("list", channel=MODERATION)
    answer = world.hear("Couldn't do that")
    assert "MY_SECRET" not in json.dumps(answer)
    world.openvidu.end()
    world.type("kick --session demo Lina")
    eventually(lambda: world.saying("Failed") or world.saying("Not done"), "told in words")
    assert world.bot.alive


def test_unsigned_and_stale_requests_are_refused(tmp_path: Path) -> None:
    with installation(tmp_path, "http") as world:
        world.join("Lina")
        body = urlencode(
            {
                "command": "/openvidu",
                "text": "kick --session demo Lina",
                "team_id": "T01SANDBOX",
                "channel_id": MODERATION,
                "user_id": "U01ANA",
                "trigger_id": "forged",
                "response_url": f"{world.slack_url}/forged",
            }
        )
        verifier = SignatureVerifier("sandbox-signing-secret")

        def post(timestamp: str, signature: str | None) -> int:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            if signature is not None:
                headers["X-Slack-Signature"] = signature
            headers["X-Slack-Request-Timestamp"] = timestamp
            url = f"{world.bot_url}/slack/events"
            return httpx.post(url, content=body, headers=headers).status_code

        now, stale = str(int(time.time())), str(int(time.time()) - 600)
        signed = {at: verifier.generate_signature(timestamp=at, body=body) for at in (now, stale)}
        assert post(now, None) == 401
        assert post(now, "v0=" + "0" * 64) == 401
        assert post(stale, signed[stale]) == 401
        assert post("soon", signed[now]) == 401
        assert httpx.get(f"{world.bot_url}/slack/events").status_code == 405
        assert world.people() == ["Lina"]
        assert post(now, signed[now]) == 200
        eventually(lambda: world.people() == [], "a signed one is carried out")
        assert "Traceback" not in world.bot.said
