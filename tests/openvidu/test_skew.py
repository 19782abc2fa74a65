"""The server's clock: measured by what stands on its answers, whatever else may stand there."""

from __future__ import annotations

from email.utils import formatdate

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu import OpenVidu
from ovbot.openvidu.skew import SAMPLES, Skew
from tests.openvidu.harness import SECRET, listening

NOW = 1_700_000_000.0


def dated(seconds: float) -> str:
    return formatdate(NOW + seconds, usegmt=True)


@pytest.mark.parametrize("off", [-36_000.0, -600.0, -31.0, -3.0, 0.0, 3.0, 31.0, 600.0, 36_000.0])
def test_the_difference_is_measured(off: float) -> None:
    skew = Skew("ov.test", lambda: NOW)
    assert skew.seconds is None
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            skew.answered(dated(off))
    assert skew.seconds == pytest.approx(off, abs=1.0)
    told = [(line["event"], line["seconds"], line["openvidu"]) for line in logs]
    which = "ahead" if off > 0 else "behind"
    seconds = abs(skew.seconds or 0.0)
    assert told == ([("openvidu.clock_differs", seconds, which)] if abs(off) > 30 else [])


@given(st.lists(st.floats(0, 0.999), min_size=1, max_size=20), st.floats(0, 1.0))
def test_clocks_that_agree_are_told_to(fractions: list[float], way: float) -> None:
    """Whole seconds and the way of an answer are no difference."""
    now = NOW
    skew = Skew("ov.test", lambda: now)
    for fraction in fractions:
        now = NOW + fraction
        made = formatdate(now, usegmt=True)
        now += way
        skew.answered(made)
    assert skew.seconds == 0.0


def test_a_single_stale_answer_is_not_believed_and_a_clock_that_was_set_is() -> None:
    skew = Skew("ov.test", lambda: NOW)
    with structlog.testing.capture_logs() as logs:
        for _ in range(SAMPLES):
            skew.answered(dated(600))
        skew.answered(dated(-86_400))
        skew.answered(dated(600))
        assert skew.seconds == pytest.approx(600, abs=1)
        for _ in range(SAMPLES):
            skew.answered(dated(0))
        assert skew.seconds == 0.0
    assert [line["event"] for line in logs] == [
        "openvidu.clock_differs",
        "openvidu.clock_agrees",
    ]


@pytest.mark.parametrize(
    "odd", [None, "", "now", "Fri, 99 Nov 2026 00:00:00 GMT", "1700000000", "\ud800", "x" * 9999]
)
def test_what_is_no_date_is_passed_over(odd: str | None) -> None:
    skew = Skew("ov.test", lambda: NOW)
    skew.answered(odd)
    assert skew.seconds is None


async def test_every_answer_of_the_server_counts() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        date = {"Date": dated(-600)}
        if request.url.path.endswith("config"):
            return httpx.Response(200, json={"VERSION": "2.20.0"}, headers=date)
        return httpx.Response(404, headers=date)

    transport = httpx.MockTransport(answer)
    client = OpenVidu("https://ov.test", SECRET, transport=transport, now=lambda: NOW)
    assert client.clock_offset is None
    async with client:
        assert client.clock_offset == pytest.approx(-600, abs=1)


async def test_a_real_server_of_this_machine_agrees() -> None:
    async with listening() as url, OpenVidu(url, SECRET) as client:
        await client.sessions()
        assert client.clock_offset == 0.0
