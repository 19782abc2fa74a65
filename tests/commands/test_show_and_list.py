"""show and list: what is live, numbered, within reach, and inert."""

import json
from pathlib import Path

from ovbot.domain.reply import Buttons, Paragraph, Reply, Style
from ovbot.engine.invocation import Source
from ovbot.openvidu import Connection
from ovbot.openvidu.participants import public_id
from ovbot.slack import present
from tests.commands.steps import control, fault, form, reads_back, submit
from tests.desk import BEN, GENERAL, MODERATION, Desk, buttons, open_desk, words


async def test_show_numbers_people_and_says_what_they_do(desk: Desk) -> None:
    desk.simulator.join("demo", client_data='{"clientData": "Ana"}', publish="camera")
    desk.simulator.join("demo", client_data="Ben", role="SUBSCRIBER")
    said = words(await desk.type("show demo"))
    assert "*Ana*\n:movie_camera: camera · since" in said
    assert "*Ben*\n:eyes: watching · since" in said
    assert "Session demo is live with two participants." in said


async def test_a_row_has_one_menu_and_every_choice_asks_and_names_its_person(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    reply = await desk.type("show demo")
    assert reply is not None
    (row,) = [part for part in reply.parts if isinstance(part, Paragraph) and part.menu]
    assert row.button is None
    assert [b.label for b in row.menu] == [
        "Kick Ana…",
        "Unpublish Ana…",
        "Message Ana…",
        "Details of Ana",
    ]
    for button in row.menu[:3]:
        assert button.command.endswith(" ?"), "a menu asks nothing by itself"
    for button in row.menu[:2]:
        asked = await form(desk, button.command)
        assert "*Ana*" in asked.text or "of Ana*" in asked.text
        assert "session `demo`" in asked.text
    assert [c.client_data for c in await _people(desk)] == ["Ana"]
    (block,) = [b for b in present.message(reply).blocks if "Ana" in json.dumps(b)]
    assert block["accessory"]["type"] == "overflow"


async def test_red_is_one_button_of_a_row(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    for row in _rows(await desk.type("show demo")):
        assert sum(button.style is Style.DANGER for button in row.buttons) <= 1


async def test_ten_people_are_ten_rows_of_two_lines(desk: Desk) -> None:
    for number in range(10):
        desk.simulator.join("demo", client_data=f"Person {number}", publish="camera")
    reply = await desk.type("show demo")
    assert reply is not None
    rows = [part for part in reply.parts if isinstance(part, Paragraph) and part.menu]
    assert [len(str(row.text).splitlines()) for row in rows] == [2] * 10
    assert len(present.message(reply).blocks) <= 15
    state = str(next(part.text for part in reply.parts if isinstance(part, Paragraph)))
    assert len(state.splitlines()) == 1
    for said in ("Open since", "10 people (10 sending)", "not recording"):
        assert said in state


async def test_what_somebody_sends_is_marked(desk: Desk) -> None:
    muted = desk.simulator.join("demo", client_data="Ana", role="MODERATOR", publish="camera")
    await control(
        desk,
        "sessions/demo/change",
        connectionId=muted.connection_id,
        property="audioActive",
        value=False,
    )
    desk.simulator.join("demo", client_data="Ben", publish="screen")
    said = words(await desk.type("show demo"))
    assert "*Ana* · :shield: moderator\n:movie_camera: :mute: camera (microphone off)" in said
    assert "*Ben*\n:desktop_computer: screen" in said


async def test_details_of_one_person(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    desk.simulator.join("demo", client_data="Ben")
    panel = buttons(await desk.type("show demo"))
    (details,) = [b for b in panel if b.label == "Details of Ana"]
    reply = await desk.type(details.command)
    assert "Ana is in session demo" in words(reply).replace("*", "")
    assert f"`{ana.connection_id}`" in words(reply)
    assert "location unknown" in words(reply)
    assert "Ben" not in words(reply)
    labels = [b.label for b in buttons(reply)]
    assert labels == ["Kick Ana…", "Unpublish Ana…", "Message Ana…", "Show demo", "Refresh demo"]
    # Whoever was asked about may go: what is done from here leads back to everybody.
    assert reply is not None
    assert reply.again == "show --session demo"
    # The numbers go on meaning the list that was seen before.
    listed = [b.command.split()[-1] for b in panel if b.label.startswith("Details")]
    by_number = 1 + listed.index(ana.connection_id)
    again = await desk.type(f"show --session demo --person {by_number}")
    assert "*Ana* is in session demo" in words(again)
    assert "is not in session" in words(await desk.type("show demo --person con_nobody"))


async def test_who_may_only_look_sees_no_data_of_a_person(desk: Desk) -> None:
    desk.simulator.join("demo", client_data='{"clientData": "Ana", "mail": "x@y"}')
    await desk.type("bind demo")
    reply = await desk.type("show --person Ana", user=BEN)
    assert "Ana" in words(reply)
    assert "x@y" not in words(reply)
    assert [b.label for b in buttons(reply)] == ["Show demo", "Refresh demo"]


async def test_people_of_one_name_are_told_apart(desk: Desk) -> None:
    for _ in range(2):
        desk.simulator.join("demo", client_data="Ana", role="MODERATOR", publish="camera")
    reply = await desk.type("show demo")
    labels = [b.label for b in buttons(reply) if "Ana" in b.label]
    assert labels == [
        f"{verb} Ana ({number}){more}"
        for number in (1, 2)
        for verb, more in (("Kick", "…"), ("Unpublish", "…"), ("Message", "…"), ("Details of", ""))
    ]
    said = words(reply)
    assert "1. *Ana* · :shield: moderator\n:movie_camera: camera · since" in said
    # They came in the same minute, so the seconds are told.
    rows = said.split("1. *Ana*")[1].split("Read from")[0]
    assert rows.count("{time_secs}") == 2


async def test_show_in_a_bound_channel_needs_no_id(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    assert "Session demo is live" in words(await desk.type("show"))
    assert "Session demo is live" in words(await desk.type(""))


async def test_show_in_a_channel_bound_to_several_asks_which(desk: Desk) -> None:
    desk.simulator.join("exam-1")
    desk.simulator.join("exam-2")
    await desk.type("bind exam-*")
    reply = await desk.type("show")
    assert "two live sessions" in words(reply)
    assert [b.label for b in buttons(reply)] == ["Show exam-1", "Show exam-2"]
    assert "Session exam-2" in words(await desk.type(buttons(reply)[1].command))


async def test_show_elsewhere_asks_for_a_session(desk: Desk) -> None:
    assert "bound to no session" in words(await desk.type("show", channel=GENERAL))


async def test_show_of_what_is_not_there(desk: Desk) -> None:
    assert "There is no live session “nope”" in words(await desk.type("show nope"))


async def test_viewers_see_people_without_buttons_to_act(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    labels = [b.label for b in buttons(await desk.type("show", user=BEN))]
    assert labels == ["Recordings of demo", "Refresh demo"]


async def test_what_can_be_done_with_the_session_is_in_reach(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    reply = await desk.type("show demo")
    assert [button.label for button in buttons(reply)] == [
        "Record demo",
        "Message all in demo",
        "Close demo",
        "Recordings of demo",
        "Invite to demo",
        "Post a card of demo",
        "Add an IP camera to demo",
        "Kick Ana…",
        "Unpublish Ana…",
        "Message Ana…",
        "Details of Ana",
        "Refresh demo",
    ]
    shown = [button.short for row in _rows(reply) for button in row.buttons]
    assert shown == ["Record", "Message all"], "the panel says already which session it is"
    assert [reads_back(desk, button) for button in buttons(reply)] == [
        "record start",
        "signal",
        "close",
        "recording list",
        "invite",
        "card",
        "camera",
        "kick",
        "unpublish",
        "signal",
        "show",
        "show",
    ]
    assert {b.label for part in _rows(reply) for b in part.more} == {
        "Close demo",
        "Recordings of demo",
        "Invite to demo",
        "Post a card of demo",
        "Add an IP camera to demo",
    }
    forms = ("Message all in demo", "Close demo", "Invite to demo", "Add an IP camera to demo")
    for opens_a_form in forms:
        (button,) = [each for each in buttons(reply) if each.label == opens_a_form]
        assert (await form(desk, button.command)).fields[0].values == ("demo",)
    assert len((await desk.openvidu.session("demo")).connections) == 1


async def test_a_row_has_at_most_five_buttons(desk: Desk) -> None:
    for number in range(25):
        desk.simulator.join("demo", client_data=f"Person {number}", publish="camera")
    rows = [part.buttons for part in _rows(await desk.type("show demo --page 2"))]
    assert max(map(len, rows)) <= 5
    labels = [button.label for button in rows[-1]]
    assert labels == ["Earlier people", "More people", "Find people"]


def _rows(reply: Reply | None) -> list[Buttons]:
    assert reply is not None
    return [part for part in reply.parts if isinstance(part, Buttons)]


async def test_an_empty_session_can_be_closed_but_not_signalled(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    labels = [button.label for button in buttons(await desk.type("show demo"))]
    assert "Close demo" in labels
    assert not {"Message all in demo", "Record demo"} & set(labels)


async def test_a_cameras_password_is_not_shown(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.openvidu.add_camera("demo", "rtsp://admin:pass-w0rd@cam.test/1")
    plain = await desk.openvidu.add_camera("demo", "rtsp://cam.test/2", data="Door")
    reply = await desk.type("show demo --streams")
    assert "pass" not in repr(reply)
    assert "`ipc_IPCAM_rtsp_" in words(reply)
    door, hidden = (
        next(b for b in buttons(reply) if b.label.startswith(f"Kick {name}"))
        for name in ("Door", "IP camera")
    )
    assert door.command == f"kick --session demo {public_id(plain.connection_id)} ?"
    assert "cam_test" not in repr(reply)
    for button, name in ((door, "Door"), (hidden, "IP camera")):
        assert f"*{name}" in (await form(desk, button.command)).text
        assert reads_back(desk, button) == "kick"
        await submit(desk, button.command.removesuffix(" ?"))
    assert [c.client_data for c in (await desk.openvidu.session("demo")).connections] == ["Ana"]


async def test_many_people_come_in_pages_with_their_numbers(desk: Desk) -> None:
    for number in range(25):
        desk.simulator.join("demo", client_data=f"Person {number}")
    first = await desk.type("show demo")
    more = next(b for b in buttons(first) if b.label == "More people")
    second = await desk.type(more.command)
    assert "\n11. " in words(second)
    assert "People 11 to 20 of 25" in words(second)
    assert "People 21 to 25 of 25" in words(await desk.type("show demo --page 99"))


async def test_among_many_people_some_are_found_by_a_part_of_the_name(desk: Desk) -> None:
    for number in range(25):
        desk.simulator.join("demo", client_data=f"Person {number:02}")
    late = desk.simulator.join("demo", client_data="<!channel> ليلى", publish="camera")
    listed = "".join([words(await desk.type(f"show demo --page {page}")) for page in (1, 2, 3)])
    (place,) = [line.split(".")[0] for line in listed.splitlines() if "ليلى" in line]
    found = await desk.type("show demo --find LI")
    assert "ليلى" not in words(found)
    found = await desk.type("show demo --filter ليلى")
    assert f"\n{place}. *&lt;!channel&gt; ليلى*" in words(found)
    assert "People 1 to 1 of 1 with “ليلى” in their name" in words(found)
    assert [b.label for b in buttons(found)][-3:-1] == ["Find people", "All people"]
    # The number is that of the whole list, so it means who was seen.
    await desk.type(f"kick --session demo {place}")
    assert late.connection_id not in {c.connection_id for c in await _people(desk)}


async def test_the_filter_box_is_reached_from_the_panel_and_remembers(desk: Desk) -> None:
    for number in range(25):
        desk.simulator.join("demo", client_data=f"Person {number:02}")
    panel = await desk.type("show demo --find 'Person 1'")
    assert "People 1 to 10 of 10 with “Person 1”" in words(panel)
    (find,) = [b for b in buttons(panel) if b.label == "Find people"]
    fields = {f.name: f.values for f in (await form(desk, find.command)).fields}
    assert fields["session"] == ("demo",)
    assert fields["find"] == ("Person 1",)
    nobody = words(await submit(desk, 'show demo --find "<!here> & *x*"'))
    assert "Nobody here has “&lt;!here&gt; &amp; ∗x∗” in their name." in nobody


async def test_a_panel_keeps_its_page_when_something_is_done_from_it(desk: Desk) -> None:
    for number in range(25):
        desk.simulator.join("demo", client_data=f"Person {number:02}", publish="camera")
    panel = await desk.type("show demo --page 2 --find Person")
    assert panel is not None
    kick = next(b for b in buttons(panel) if b.label.startswith("Kick"))
    text = kick.command.removesuffix(" ?")  # as the button of an older message says it
    for source in (Source.FORM, Source.BUTTON, Source.HOME):
        after = await desk.type(text, source=source, panel=panel.again)
        assert "People 11 to 20 of 24 with “Person”" in words(after)
    # Whoever was there twice is gone: the panel shows so all the same.
    after = await desk.type(text, source=Source.BUTTON, panel=panel.again)
    assert "People 11 to 20 of 24 with “Person”" in words(after)
    await desk.told()


async def test_what_a_button_says_of_its_panel_is_only_a_question(desk: Desk) -> None:
    """A message of an older version, or one that somebody tampered with."""
    desk.simulator.join("demo", client_data="Ana")
    for odd in ("", "list", "close demo", "kick demo Ana", "no such thing", "show --page x", "?"):
        desk.simulator.join("demo", client_data="Tom")
        after = await desk.type("kick --session demo Tom", source=Source.BUTTON, panel=odd)
        assert "Session demo is live with one participant" in words(after), odd
    desk.simulator.join("secret", client_data="Eve")
    await desk.type("bind demo")
    after = await desk.type("kick x Tom", user=BEN, source=Source.BUTTON, panel="show secret")
    assert "Eve" not in words(after)


async def test_the_panel_tells_how_long_it_has_been_recorded(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("record start --session demo --name one")
    said = words(await desk.type("show demo"))
    assert " · :red_circle: recording for " in said
    assert "since <!date^" in said.split("recording for")[1].splitlines()[0]
    await fault(desk, "listRecordings", "status", status=500, times=9)
    assert " · :red_circle: recording\n" in words(await desk.type("show demo"))


async def test_cameras_are_counted_apart_from_people(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.openvidu.add_camera("demo", "rtsp://cam.test/1", data="Door")
    said = words(await desk.type("show demo"))
    assert "Session demo is live with one participant and one IP camera." in said
    assert " · 1 person (1 sending) · 1 IP camera · not recording" in said


async def test_on_pro_the_panel_names_the_media_node(tmp_path: Path) -> None:
    async with open_desk(tmp_path, edition="pro") as pro:
        pro.simulator.join("demo", client_data="Ana")
        (node,) = await pro.openvidu.media_nodes()
        assert f" · media node `{node.id}`" in words(await pro.type("show demo"))


async def test_a_session_that_names_its_media_node_needs_no_other_question(tmp_path: Path) -> None:
    async with open_desk(tmp_path, edition="pro", profile="2.32") as pro:
        pro.simulator.join("demo", client_data="Ana")
        (node,) = await pro.openvidu.media_nodes()
        pro.simulator.app.requests.clear()
        assert f" · media node `{node.id}`" in words(await pro.type("show demo"))
        assert [asked["operation"] for asked in pro.simulator.app.asked()] == ["getSession"]


async def test_share_posts_to_the_channel_without_buttons(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    assert await desk.type("show demo --share") is None
    told = await desk.told_one()
    assert (told.channel, told.audience) == (MODERATION, "channel")
    assert buttons(told.reply) == []
    # A number counts in the list that one person was shown: what all can see has none.
    assert "\n*Ana*" in words(told.reply)


async def _people(desk: Desk) -> tuple[Connection, ...]:
    return (await desk.openvidu.session("demo")).connections


async def test_list_shows_only_what_i_may_see(desk: Desk) -> None:
    desk.simulator.join("demo")
    desk.simulator.join("secret")
    await desk.type("bind demo")
    assert "two live sessions" in words(await desk.type("list"))
    mine = words(await desk.type("list", user=BEN))
    assert "one live session" in mine
    assert "secret" not in mine
    assert "needs the role *viewer*" in words(await desk.type("ls", user=BEN, channel=GENERAL))


async def test_list_filters_and_sorts(desk: Desk) -> None:
    for session, people in (("exam-1", 1), ("exam-2", 3), ("other", 2)):
        for _ in range(people):
            desk.simulator.join(session)
    desk.simulator.create_session("empty")
    await desk.type("record start --session other")

    async def listed(text: str) -> list[str]:
        labels = [b.label for b in buttons(await desk.type(text))]
        assert labels[-2:] == ["Find sessions", "Refresh the list"]
        return [label.removeprefix("Show ") for label in labels[:-2]]

    assert await listed("list") == ["exam-2", "other", "exam-1", "empty"]
    assert await listed("list --match exam-*") == ["exam-2", "exam-1"]
    assert await listed("list --empty") == ["empty"]
    assert await listed("list --min 2 --sort name") == ["exam-2", "other"]
    assert await listed("list --recording") == ["other"]


async def test_an_empty_list_says_what_to_do(desk: Desk) -> None:
    reply = await desk.type("list")
    assert "Create one with /openvidu create" in words(reply)
    assert [b.label for b in buttons(reply)] == ["Create a session", "Refresh the list"]
    assert (await form(desk, buttons(reply)[0].command)).command == "create"


async def test_hundreds_of_sessions_end_in_a_count(desk: Desk) -> None:
    for number in range(120):
        desk.simulator.create_session(f"room-{number}")
    reply = await desk.type("list")
    assert "1 to 20 of 120" in words(reply)
    (find,) = [b for b in buttons(reply) if b.label == "Find sessions"]
    assert (await form(desk, find.command)).command == "list"
