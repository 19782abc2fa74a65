"""find: a person in all live sessions that somebody may see."""

from tests.commands.steps import fault, reads_back
from tests.desk import BEN, GENERAL, Desk, buttons, words


async def test_they_are_found_wherever_they_are(desk: Desk) -> None:
    desk.simulator.join("exam-1", client_data="Ana Schmidt", publish="camera")
    desk.simulator.join("exam-2", client_data="Ben")
    desk.simulator.join("exam-3", client_data="ana")
    reply = await desk.type("find Ana")
    said = words(reply)
    assert "Two people are called “Ana”, in three live sessions that you may see here." in said
    assert said.index("*ana*") < said.index("*Ana Schmidt*"), "the whole name first"
    assert "in `exam-1`" in said
    assert ":movie_camera: camera" in said
    assert "Ben" not in said
    shows = [b for b in buttons(reply) if b.label.startswith("Show")]
    assert [b.label for b in shows] == ["Show ana in exam-3", "Show Ana Schmidt in exam-1"]
    assert reads_back(desk, shows[0]) == "show"
    panel = words(await desk.type(shows[1].command))
    assert "*Ana Schmidt*" in panel
    assert "exam-1" in panel


async def test_a_name_is_compared_as_everywhere(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="José O’Neil")
    assert "One person is called “jose o'neil”" in words(await desk.type("find jose o'neil"))


async def test_nobody_is_told_so(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    assert "Nobody is called “Zoe” in the one live session" in words(await desk.type("find Zoe"))


async def test_only_in_what_one_may_see(desk: Desk) -> None:
    for session in ("exam-1", "secret"):
        desk.simulator.join(session, client_data="Ana")
    await desk.type("bind exam-*")
    said = words(await desk.type("find Ana", user=BEN))
    assert "One person is called “Ana”, in one live session" in said
    assert "secret" not in said
    denied = words(await desk.type("find Ana", user=BEN, channel=GENERAL))
    assert "Not allowed" in denied


async def test_only_in_sessions_that_match(desk: Desk) -> None:
    for session in ("exam-1", "lab-1"):
        desk.simulator.join(session, client_data="Ana")
    said = words(await desk.type("find Ana --match lab-*"))
    assert "`lab-1`" in said
    assert "exam-1" not in said


async def test_many_are_told_in_parts_and_the_counts_agree(desk: Desk) -> None:
    for number in range(23):
        desk.simulator.join(f"room-{number:02}", client_data=f"Guest {number:02}")
    seen: list[str] = []
    reply = await desk.type("find guest")
    while True:
        said = words(reply)
        assert "23 people are called “guest”" in said
        seen += [b.label for b in buttons(reply) if b.label.startswith("Show")]
        more = [b for b in buttons(reply) if b.label == "More people"]
        if not more:
            break
        reply = await desk.type(more[0].command)
    assert "21 to 23 of 23" in said
    assert len(set(seen)) == len(seen) == 23
    assert "Earlier people" in [b.label for b in buttons(reply)]


async def test_what_could_not_be_looked_into_is_told(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        desk.simulator.join(session, client_data="Ana")
    await fault(desk, "getSession", "html", status=403)
    said = words(await desk.type("find Ana"))
    assert "One person is called “Ana”, in one live session" in said
    assert "One session could not be looked into" in said


async def test_a_name_that_is_hostile_is_only_text(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="<!channel> *x*")
    said = words(await desk.type("find <!channel>"))
    assert "<!channel>" not in said
