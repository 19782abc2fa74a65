"""What reaches the log: what happened and where, and no value that came from outside."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ovbot import logs

TICKET = "wss://wss-primary.slack.com/link/?ticket=t1cket-s3cret&app_id=1"


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def fails(value: str) -> None:
    try:
        int(value)
    except ValueError as error:
        raise RuntimeError(f"cannot read {value}") from error


@pytest.mark.parametrize("library", [False, True])
def test_a_traceback_is_one_line_without_values(
    library: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    try:
        fails("s3cret")
    except RuntimeError:
        if library:
            logging.getLogger("asyncio").exception("Task exception was never retrieved")
        else:
            structlog.get_logger("x").exception("work.failed")
    (line,) = lines(capsys)
    assert "s3cret" not in repr(line)
    assert [one["type"] for one in line["exception"]] == ["RuntimeError", "ValueError"]  # type: ignore[attr-defined]
    assert "test_logs.py:" in repr(line["exception"])
    assert line["level"] == "error"


def test_of_a_group_each_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    group = ExceptionGroup("s3cret", [ValueError("s3cret"), TypeError("s3cret")])
    structlog.get_logger("x").critical("serve.died", exc_info=group)
    (line,) = lines(capsys)
    assert "s3cret" not in repr(line)
    types = [one["type"] for one in line["exception"]]  # type: ignore[attr-defined]
    assert types == ["ExceptionGroup", "ValueError", "TypeError"]


@pytest.mark.parametrize("library", [False, True])
@pytest.mark.parametrize(
    "said", [TICKET, f"cannot connect to {TICKET}", f"'{TICKET}' failed: https://x/y#s3cret"]
)
def test_no_query_of_an_address_is_written(
    said: str, library: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("debug")
    if library:
        logging.getLogger("aiohttp.client").warning("to %s", said)
    else:
        structlog.get_logger("x").debug("event", address=said)
    (line,) = lines(capsys)
    assert "s3cret" not in repr(line)
    assert "app_id" not in repr(line)
    assert "wss-primary.slack.com/link/" in repr(line)


def test_what_strangers_cause_is_told_once_a_minute_with_how_often(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    tell = logs.Sparingly(every=0.05)
    for _ in range(1000):
        tell("listener.refused", limit="431")
    assert len(lines(capsys)) <= 3
