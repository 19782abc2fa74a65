"""What every command says for every status that is documented of what it asks OpenVidu.

The cases come from the client's own tables, so that a status that is added to them has to be told
in words, too; see `statuses` for what holds the commands.
"""

import re
from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from ovbot.domain.reply import Note, Reply
from ovbot.engine.command import AnyCommand
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.operations import OPERATIONS
from ovbot.sandbox.openvidu.faults import Fault
from tests.conformance.commands import COMMANDS
from tests.conformance.offers import check_buttons
from tests.conformance.rendering import check_message
from tests.conformance.scenes import SESSION, Scene, shortest_scene
from tests.conformance.statuses import (
    SCENES,
    UNUSED,
    asked,
    disturb,
    impatient,
    play,
    put_in,
    stage,
)
from tests.desk import buttons, words
from tests.openvidu.harness import simulated

__all__ = ["impatient"]

HOST = "openvidu.test"
CLUSTER = ("his cluster", "he cluster", "his server", "he new media node")
"""What is said of all media nodes together is about none of them."""
EVERYWHERE = (401, 403, 500)
"""What any operation may answer."""
MARK = re.compile(r"^:[a-z_]+: (\*[A-Z][a-z ]+\.\* )?")
DATE = re.compile(r"<!date\^[^>]*>")
CODE_NAME = re.compile(r"\b[a-z_]+\.[a-z]+_[a-z_]+\b|\bNone\b|Traceback|\{\w*\}|Error\b")
BESIDE = {
    ("show", "recordings"),
    ("show", "media_nodes"),
    ("status", "config"),
    ("status", "sessions"),
    ("bindings", "sessions"),
    ("bans", "sessions"),
    ("bans", "session"),
    ("node add", "media_node"),
    ("record stop", "recordings"),
    ("record stop", "session"),
    ("close", "signal"),
    ("keep", "signal"),
    ("extend", "signal"),
}
"""What is good to know or to tell beside the answer: without it the command is done all the same,
or there was nothing left to be done."""
DOUBTED = {
    ("create", "create_session", 409),
    ("record stop", "stop_recording", 404),
    ("record stop", "stop_recording", 409),
}
"""Statuses that are not believed where OpenVidu itself shows otherwise: here no such session is
there, and the recording runs."""
CASES = [
    (scene, operation, status)
    for scene in SCENES
    for operation in sorted(scene.asks)
    for status in dict.fromkeys((*OPERATIONS[operation].meanings, *EVERYWHERE))
]


SILENT = [each for each in COMMANDS if each.name not in {scene.command for scene in SCENES}]
"""Commands without a scene: they ask OpenVidu nothing."""


def test_no_scene_is_of_another_command() -> None:
    assert {scene.command for scene in SCENES} <= {each.name for each in COMMANDS}


@pytest.mark.parametrize("command", SILENT, ids=[each.name for each in SILENT])
async def test_what_has_no_scene_asks_nothing(command: AnyCommand, tmp_path: Path) -> None:
    scene = shortest_scene(command)
    async with stage(scene, tmp_path) as desk:
        await play(scene, desk)
        asks = asked(scene, desk)
    names = ", ".join(f'"{name}"' for name in sorted(asks))
    assert not asks, (
        f"“{scene.text}” asks OpenVidu something, so its failures have to be told, too. "
        f"Write in the command's test, in tests/commands/, one that asks for most of it:\n"
        f'SCENES = (scene("{command.name}", "{scene.text}", {names}, about="{SESSION}"),)'
    )


def test_no_operation_is_left_out() -> None:
    used = {operation for scene in SCENES for operation in scene.asks}
    assert used | UNUSED == set(OPERATIONS)
    assert not used & UNUSED


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("scene", SCENES, ids=[scene.id for scene in SCENES])
async def test_the_scene_says_all_that_is_asked(scene: Scene, tmp_path: Path) -> None:
    async with stage(scene, tmp_path) as desk:
        reply, ended = await play(scene, desk)
        asks = asked(scene, desk)
        assert asks == scene.asks, f"OpenVidu was asked {sorted(asks)}: the scene has to name it"
        assert ended is None or ended.outcome in {Outcome.DONE, Outcome.ALREADY}
        assert "Couldn't do that" not in words(reply)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("scene", "operation", "status"),
    CASES,
    ids=[f"{scene.id}-{operation}-{status}" for scene, operation, status in CASES],
)
async def test_a_status_is_told(scene: Scene, operation: str, status: int, tmp_path: Path) -> None:
    async with stage(scene, tmp_path) as desk:
        disturb(scene, desk, operation, status, times=99)
        reply, ended = await play(scene, desk)
        about = put_in(scene.about, desk)
    refused = status == 401 and ended is not None and ended.outcome is Outcome.FAILED
    if (scene.command, operation) in BESIDE and not refused:
        assert ended is None or ended.outcome in {Outcome.DONE, Outcome.ALREADY}
        assert "Couldn't do that" not in words(reply)
        return
    meaning = OPERATIONS[operation].meanings.get(status)
    if meaning is None and operation == "session" and ended and ended.outcome is Outcome.DONE:
        return  # what takes only ids is done all the same
    assert_proper(reply)
    if meaning is None and ended and ended.answer.endswith(".session_unread"):
        assert ended.outcome is Outcome.REFUSED  # asked first, since nobody can be looked up
        return
    if meaning is None:
        assert ended is None or ended.outcome in {Outcome.FAILED, Outcome.UNKNOWN}
        return
    assert any(name in reply.text for name in (about or HOST, HOST, *CLUSTER)), reply.text
    if (scene.id, operation, status) in DOUBTED:
        assert ended is not None
        assert ended.outcome is Outcome.FAILED
        return
    if ended is None:
        assert "*Couldn't do that.*" in reply.text
    else:
        assert ended.outcome is not None
        assert ended.outcome in expected(meaning.error, asking=OPERATIONS[operation].safe)


def expected(error: type[OpenViduError], *, asking: bool) -> set[Outcome]:
    """``already`` is no failure; a look at what is gone may mean that it is so already."""
    if error.effect == "already":
        return {Outcome.ALREADY}
    failed = {Outcome.REFUSED, Outcome.FAILED}
    gone = {"no_session", "no_recording", "no_node"}
    return failed | {Outcome.ALREADY} if asking or error.meaning in gone else failed


def assert_proper(reply: Reply) -> None:
    """A sentence, without names from the code; what to do next; a reference."""
    check_message(reply)
    said = MARK.sub("", DATE.sub("then", reply.text))
    assert re.match(r"[A-Z`*“<]", said), said
    assert said.rstrip().endswith((".", "`")), said
    assert not CODE_NAME.search(said), said
    assert "  " not in said
    assert buttons(reply) or "/openvidu " in said, f"what now? {said}"
    check_buttons(reply)
    notes = [part.text for part in reply.parts if isinstance(part, Note)]
    assert any("Reference `" in note for note in notes)


SEVERAL = [
    (scene, operation)
    for scene in SCENES
    for operation in sorted(scene.asks)
    if len(OPERATIONS[operation].meanings) > 1 and (scene.command, operation) not in BESIDE
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("scene", "operation"), SEVERAL, ids=[f"{scene.id}-{asks}" for scene, asks in SEVERAL]
)
async def test_no_two_statuses_are_told_in_the_same_words(
    scene: Scene, operation: str, tmp_path: Path
) -> None:
    told: dict[str, int] = {}
    for status in OPERATIONS[operation].meanings:
        if (scene.id, operation, status) in DOUBTED:
            continue
        (folder := tmp_path / str(status)).mkdir()
        async with stage(scene, folder) as desk:
            disturb(scene, desk, operation, status, times=99)
            reply, _ended = await play(scene, desk)
            said = reply.text.replace(put_in(scene.about, desk) or HOST, "…")
        assert said not in told, f"{status} and {told[said]}: {said}"
        told[said] = status


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("scene", "operation", "status"),
    [
        (scene, operation, status)
        for scene, operation, status in CASES
        if status in (400, 422) and not OPERATIONS[operation].safe
        if (scene.command, operation) not in BESIDE
        if scene.command
        not in {"kick", "unpublish", "close", "node set", "invite withdraw"}  # 400 has a meaning
    ],
)
async def test_what_openvidu_says_of_a_wrong_setting_is_told_inert(
    scene: Scene, operation: str, status: int, tmp_path: Path
) -> None:
    own = '{"message": "Parameter \\"x\\" <!channel> is *wrong* at rtsp://u:hunter2@h/x"}'
    async with stage(scene, tmp_path) as desk:
        name = simulated(operation, scene.profile)
        desk.simulator.faults.add(Fault(name, "status", 99, status, body=own))
        reply, _ended = await play(scene, desk)
    assert "OpenVidu says: “Parameter" in reply.text
    assert "hunter2" not in reply.text
    assert "<!channel>" not in reply.text
    check_message(reply)
