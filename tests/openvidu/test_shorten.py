"""JSON with its long strings cut as it comes: the same document, and never much of it at once."""

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu.shorten import LONG, Shortened

SMALL = 8
"""So that what is long comes often."""

texts = st.text(alphabet=st.sampled_from('ab"\\/\n\x01é€😀'), max_size=60)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


def shortened(body: bytes, pieces: list[int], long: int = SMALL) -> bytes:
    kept = Shortened(long)
    at = 0
    for length in [*pieces, len(body)]:
        kept.add(body[at : at + length])
        at += length
    return bytes(kept.body)


def same(kept: Any, given: Any) -> bool:
    """Whether all is there but the ends of long strings."""
    if isinstance(given, dict):
        return isinstance(kept, dict) and len(kept) <= len(given)
    if isinstance(given, list):
        return len(kept) == len(given) and all(map(same, kept, given))
    if isinstance(given, str):
        whole = given == kept
        return whole or (given.startswith(kept) and len(json.dumps(kept).encode()) >= SMALL - 12)
    return bool(kept == given)


@given(documents, st.lists(st.integers(1, 20), max_size=40), st.booleans())
def test_the_document_is_the_same_but_for_the_ends_of_long_strings(
    document: Any, pieces: list[int], ascii_only: bool
) -> None:
    body = json.dumps(document, ensure_ascii=ascii_only).encode()
    kept = shortened(body, pieces)
    assert same(msgspec.json.decode(kept), document)
    assert kept == body or len(kept) < len(body)


@given(documents, st.lists(st.integers(1, 20), max_size=40))
def test_a_document_without_long_strings_is_not_touched(document: Any, pieces: list[int]) -> None:
    body = json.dumps(document).encode()
    assert shortened(body, pieces, long=1000) == body


CHOSEN = {
    "plain": "y" * 1_000_000,
    "quotation marks": '"' * 500_000,
    "backslashes": "\\" * 500_000,
    "JSON": '{"a":[' + ",".join(['{"b":{}}'] * 100_000) + "]}",
    "two bytes": "é" * 500_000,
    "surrogates": "😀" * 250_000,
}


@pytest.mark.parametrize("what", CHOSEN)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_megabyte_is_cut_while_it_comes(what: str, ascii_only: bool) -> None:
    chosen = CHOSEN[what]
    people = [{"clientData": chosen, "n": n} for n in range(10)]
    body = json.dumps(people, ensure_ascii=ascii_only).encode()
    kept, worst = Shortened(), 0.0
    for at in range(0, len(body), 65_536):
        began = time.thread_time()
        kept.add(body[at : at + 65_536])
        worst = max(worst, time.thread_time() - began)
    began = time.thread_time()
    read = msgspec.json.decode(kept.body)
    reading = time.thread_time() - began
    assert [one["n"] for one in read] == list(range(10))
    assert all(chosen.startswith(one["clientData"]) for one in read)
    assert all(len(one["clientData"]) >= 4096 for one in read)
    assert len(kept.body) < 10 * 2 * LONG + 1000
    print(f"{what}: a piece {worst * 1000:.1f} ms, all that is kept {reading * 1000:.1f} ms")
    assert worst < 0.025
    assert reading < 0.025
