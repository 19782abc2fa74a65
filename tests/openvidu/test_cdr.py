"""The CDR's files are read on, line by line, however they grow and wherever a read ends."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import cdr as room
from ovbot.openvidu.errors import CdrFileGone, OpenViduError
from ovbot.openvidu.events import UnreadableEvent, parse_event, parse_record

CONFIG = {"VERSION": "2.32.1", "OPENVIDU_CDR": True}


class Files:
    """Serves growing files as openvidu-server's resource handler does: bytes, or none beyond."""

    def __init__(self, beyond: int = 416) -> None:
        self.content: dict[str, bytes] = {}
        self._beyond = beyond

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/config"):
            return httpx.Response(200, json=CONFIG)
        name = request.url.path.rpartition("/cdr")[2].removeprefix("/")
        if not name:
            return httpx.Response(200, json=[*self.content, "archive", "archive/x.log", 7, "a.txt"])
        if name not in self.content:
            return httpx.Response(404)
        content = self.content[name]
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers["Range"])
        assert found is not None
        size = len(content)
        first = int(found[1]) if found[1] else max(size - int(found[2]), 0)
        last = min(int(found[2]), size - 1) if found[1] and found[2] else size - 1
        if first >= size:
            error = {"timestamp": "2026-11-27T22:09:50.221+0000", "status": 416, "path": "/cdr"}
            body = {} if self._beyond == 403 else {"json": error}
            place = {"Content-Range": f"bytes */{size}"}
            return httpx.Response(self._beyond, headers=place, **body)  # type: ignore[arg-type]
        place = {"Content-Range": f"bytes {first}-{last}/{size}"}
        return httpx.Response(206, headers=place, content=content[first : last + 1])


def client(files: Files) -> OpenVidu:
    return OpenVidu("http://openvidu.test", "s", transport=httpx.MockTransport(files))


async def read(openvidu: OpenVidu, begin: int) -> tuple[list[bytes], int]:
    """All there is to read from ``begin``, and where that ends."""
    lines: list[bytes] = []
    while (piece := await openvidu.cdr_piece("a.log", begin)).end != begin:
        assert piece.begin + sum(map(len, piece.lines)) == piece.end
        lines += piece.lines
        begin = piece.end
    return lines, begin


@pytest.mark.parametrize("beyond", [416, 403])
@given(data=st.data())
@settings(max_examples=60)
async def test_every_line_is_read_once_however_the_file_grows(
    beyond: int, data: st.DataObject
) -> None:
    texts = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30)
    written = [text.encode() + b"\n" for text in data.draw(st.lists(texts, max_size=12))]
    whole = b"".join(written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    files = Files(beyond)
    found: list[bytes] = []
    position = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "PIECE", data.draw(st.integers(150, 400)))
        async with client(files) as openvidu:
            for cut in [*cuts, len(whole)]:
                files.content["a.log"] = whole[:cut]
                lines, position = await read(openvidu, position)
                found += lines
    assert found == written
    assert position == len(whole)


async def test_a_line_that_is_too_long_costs_nothing_but_itself() -> None:
    files = Files()
    files.content["a.log"] = b"one\n" + b"x" * 1000 + b"\ntwo\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "PIECE", 100)
        async with client(files) as openvidu:
            assert await read(openvidu, 0) == ([b"one\n", b"two\n"], 1009)


async def test_reading_begins_with_a_line() -> None:
    files = Files()
    files.content["a.log"] = b"half of one\ntwo\nthree"
    async with client(files) as openvidu:
        assert await read(openvidu, 5) == ([b"two\n"], 16)
        assert await openvidu.cdr_size("a.log") == 21
        files.content["a.log"] = b"new\n"
        assert (await openvidu.cdr_piece("a.log", 16)).end == 0, "it is read anew"
        files.content["a.log"] = b""
        assert await openvidu.cdr_size("a.log") == 0


async def test_only_files_that_can_be_read_are_listed() -> None:
    files = Files()
    files.content |= {"CDR.2026-11-27_22-09-50.log": b"", "..log": b"", "b.log": b""}
    async with client(files) as openvidu:
        assert await openvidu.cdr_files() == ("..log", "CDR.2026-11-27_22-09-50.log", "b.log")
        with pytest.raises(CdrFileGone):
            await openvidu.cdr_piece("c.log", 0)
        with pytest.raises(CdrFileGone):
            await openvidu.cdr_size("c.log")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(206, content=b"x\n"),
        httpx.Response(200, text="<html>welcome</html>"),
        httpx.Response(206, content=b"x\n", headers={"Content-Range": "items 0-1/2"}),
        httpx.Response(403),
        httpx.Response(403, text="<html>nginx</html>"),
        httpx.Response(403, headers={"Content-Range": "bytes 0-1/2"}),
        httpx.Response(206, content=b"x\n", headers={"Content-Range": "bytes 0-1/" + "9" * 40}),
        httpx.Response(206, content=b"x", headers={"Content-Range": "bytes 0-1/2"}),
    ],
)
async def test_an_answer_without_its_place_is_no_part_of_a_file(answer: httpx.Response) -> None:
    def odd(request: httpx.Request) -> httpx.Response:
        is_config = request.url.path.endswith("/config")
        return httpx.Response(200, json=CONFIG) if is_config else answer

    async with OpenVidu("http://openvidu.test", "s", transport=httpx.MockTransport(odd)) as client:
        with pytest.raises(OpenViduError):
            await client.cdr_piece("a.log", 0)


LEFT = {
    "sessionId": "ses_1",
    "timestamp": 1601394690713,
    "participantId": "con_1",
    "clientData": "Zoë 🎉",
    "reason": "disconnect",
}


def test_a_record_is_the_event_that_the_webhook_tells() -> None:
    sent = json.dumps({**LEFT, "clientData": "Zo? ??", "event": "participantLeft"}).encode()
    record = parse_record(json.dumps({"participantLeft": LEFT}, ensure_ascii=False).encode())
    assert record is not None
    assert record.client_data == "Zoë 🎉"
    assert record.key == parse_event(sent).key


def test_what_is_never_sent_is_no_event() -> None:
    assert parse_record(b'{"recordingStarted":{"id":"r"}}\n') is None


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{", b"[]", b"{}", b'{"a":1}', b'{"a":{},"b":{}}', b"\xff", b'{"a":null}']
)
def test_a_line_that_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        parse_record(line)
