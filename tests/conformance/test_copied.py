"""Everything that is shown to be copied works when it is pasted: commands are read, ids are found.

That commands are read is asked of every message and form of these tests (``rendering``); here ids
and patterns are copied back in, and what the documents show.
"""

import re
from pathlib import Path

import pytest

from ovbot.domain.reply import Reply
from ovbot.slack import present
from tests.conformance.copying import check_commands, check_ids, spans
from tests.conformance.rendering import check_message, texts
from tests.desk import GENERAL, MODERATION, Desk, open_desk

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "SECURITY.md", *ROOT.glob("docs/*.md")])
IDS = ("exam-1", "a_b", "under_score-2", "lecture~x")
_LIVE = ("exam-1", "a_b", "under_score-2", "_edge_", "-dash")


def shown(reply: Reply) -> list[str]:
    made = present.message(reply)
    return [made.text, *texts(made.blocks)]


async def answer(desk: Desk, text: str, channel: str = MODERATION) -> Reply:
    reply = await desk.type(text, channel=channel)
    if reply is None:
        reply = (await desk.told())[-1].reply
    check_message(reply)
    return reply


@pytest.fixture
async def full(tmp_path: Path):  # type: ignore[no-untyped-def]
    async with open_desk(tmp_path) as desk:
        for session in _LIVE:
            desk.simulator.create_session(session)
            desk.simulator.join(session, client_data="Ana", publish="camera")
            desk.simulator.join(session, client_data="Tom *x* _y_", publish="screen")
        for _ in range(2):  # the second is called exam-1~1
            recording = await desk.simulator.start_recording("exam-1")
            await desk.openvidu.stop_recording(recording)
        await desk.type("bind exam-*")
        await desk.type("bind a_b")
        await desk.told()
        yield desk


async def test_sessions_people_and_recordings_are_found_by_what_stands_there(full: Desk) -> None:
    listed = await answer(full, "list", GENERAL)
    bold = re.findall(r"\*([^*\n]+)\*", "\n".join(shown(listed)))
    sessions = [s for s in (*spans(shown(listed)), *bold) if s in _LIVE]
    assert set(sessions) == set(_LIVE)
    for session in sessions:
        seen = await answer(full, f'show --session "{session}" --streams', GENERAL)
        assert "Couldn't" not in seen.text, session
        ids = [s for s in spans(shown(seen)) if s.startswith(("con_", "str_"))]
        assert len(ids) >= 4, (session, ids)
        people = [id_ for id_ in ids if id_.startswith("con_")]
        for person in people:
            stream = next(id_ for id_ in ids if id_.startswith("str_") and person in id_)
            dry = await answer(full, f'kick --dry-run --session "{session}" {person}', GENERAL)
            assert "Nothing was done" in dry.text, dry.text
            said = await answer(
                full, f'unpublish --session "{session}" {person} --stream {stream}', GENERAL
            )
            assert "ended" in said.text, said.text
    told = shown(await answer(full, "recording list"))
    names = (*spans(told), *re.findall(r"\*([^*\n]+)\*", "\n".join(told)))
    recordings = [name for name in names if "exam-1" in name]
    assert len(set(recordings)) >= 2
    for recording in recordings:
        assert "Couldn't" not in (await answer(full, f"recording show {recording}")).text


async def test_patterns_and_references_are_taken_as_they_stand(full: Desk) -> None:
    bound = await answer(full, "bindings")
    patterns = [span for span in spans(shown(bound)) if span in {"exam-*", "a_b"}]
    assert set(patterns) == {"exam-*", "a_b"}
    kicked = await answer(full, "kick a_b Ana --ban 1h")
    (ref,) = [s for s in spans(shown(kicked)) if re.fullmatch(r"[0-9a-zA-Z_-]{6,}", s)][-1:]
    assert "Couldn't" not in (await answer(full, f"explain {ref}")).text
    bans = await answer(full, "bans")
    check_commands(shown(bans))
    for pattern in patterns:
        assert "bound" in (await answer(full, f"unbind {pattern}")).text


@pytest.mark.parametrize(
    "asked",
    [
        "list",
        "show _edge_",
        "show exam-1 --details",
        "kick exam-1 nobody",
        "kick --session _edge_ nobody",
        "show nowhere_",
        "record start --session exam-1",
        "recording list",
        "recording show exam-1~1",
        "recording show exam-1~7",
        "recording delete exam-1~1",
        "record stop exam-1~1",
        "bindings",
        "bind lesson-*",
        "close a_b",
        "audit",
        "status",
    ],
)
async def test_no_id_has_other_characters_than_its_own(full: Desk, asked: str) -> None:
    known = {*_LIVE, "exam-1~1", "exam-1~7", "exam-*", "lesson-*", "nowhere_"}
    check_ids(shown(await answer(full, asked)), known)


@pytest.mark.parametrize("path", DOCUMENTS, ids=[each.name for each in DOCUMENTS])
def test_what_a_document_shows_can_be_given(path: Path) -> None:
    # In Slack a name with its @ is somebody's id.
    text = re.sub(r"[@][a-z]+\b", "<@U01ANA>", path.read_text())
    text = re.sub(r"#exam-team\b", "<#C01TEAM>", text)
    check_commands([text])
    typed = re.findall(r"^\s*(/openvidu .*)$", text, re.MULTILINE)
    check_commands([f"`{line.split('  #')[0].strip()}`" for line in typed])
