"""A slash command's fields come out as they went in, whatever people type."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.slack.payloads import fields

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.dictionaries(TEXT.filter(bool), TEXT, max_size=12))
def test_fields_are_read_as_they_were_written(given_fields: dict[str, str]) -> None:
    assert fields(urlencode(given_fields)) == given_fields


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", {}),
        ("command", {"command": ""}),
        (
            "command=%2Fopenvidu&text=a+b%2Bc%26d%3De%23f",
            {"command": "/openvidu", "text": "a b+c&d=e#f"},
        ),
        ("text=a#b&command=%2Fx", {"text": "a#b", "command": "/x"}),
        ("text=100%&command=%2Fx", {"text": "100%", "command": "/x"}),
        ("text=%zz%e4&command=%2Fx", {"text": "%zz\ufffd", "command": "/x"}),
    ],
)
def test_odd_bodies_are_read_too(body: str, expected: dict[str, str]) -> None:
    assert fields(body) == expected


@given(st.text(max_size=80))
def test_no_body_is_a_fault(body: str) -> None:
    assert all(isinstance(value, str) for value in fields(body).values())
