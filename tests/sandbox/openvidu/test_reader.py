"""What Java's JSON reader says of a body that it cannot read."""

from __future__ import annotations

import pytest

from ovbot.sandbox.openvidu.rest.reader import Unreadable, read


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "No content to map due to end-of-input"),
        (b" \n", "No content to map due to end-of-input"),
        (b"{", "Unexpected end-of-input: expected close marker for Object"),
        (b"[1", "Unexpected end-of-input: expected close marker for Array"),
        (b'{"a": }', "Unexpected character ('}' (code 125)): expected a value"),
        (b'{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote"),
        (b"{a:1}", "Unexpected character ('a' (code 97)): was expecting double-quote"),
        (b'{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon"),
        (b'{"a":1 "b":2}', "Unexpected character ('\"' (code 34)): was expecting comma"),
        (b'{"a":NaN}', "Non-standard token 'NaN': enable JsonParser.Feature"),
        (b"text", "Unrecognized token 'text': was expecting (JSON String"),
        (b"[]", "Cannot deserialize instance of `java.util.LinkedHashMap<java.lang.Object"),
        (b"12", "out of VALUE_NUMBER_INT token"),
        (b"1.5", "out of VALUE_NUMBER_FLOAT token"),
        (b"true", "out of VALUE_TRUE token"),
        (b'"text"', "no String-argument constructor/factory method"),
        (b'{"a":"\xff"}', "Invalid UTF-8 start byte 0xff"),
    ],
)
def test_what_cannot_be_read(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read(body)
    assert said in str(unreadable.value)


@pytest.mark.parametrize(
    ("body", "found"),
    [(b"null", None), (b" {} x", {}), (b'{"a":1,"a":2}', {"a": 2}), (b'{"a":1.5}', {"a": 1.5})],
)
def test_what_is_read(body: bytes, found: object) -> None:
    assert read(body) == found
