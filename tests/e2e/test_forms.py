"""Every command as a form: opened, filled in with menus, refused at the field, carried out."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import BEN, GENERAL, Installation, eventually, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as running:
        running.join("Lina")
        running.join("Tom")
        running.type("bind demo")
        running.hear("bound this channel")
        yield running


def test_a_missing_argument_becomes_a_question(world: Installation) -> None:
    world.type("kick")
    form = eventually(world.modal, "the form opens")
    assert "missing" not in json.dumps(form), "nobody has done anything wrong yet"
    offered = world.menu("participant", "tom")
    assert [option["text"]["text"].split(" (")[0] for option in offered] == ["Tom"]
    assert world.submit(participant=offered[0]["value"], reason="noise")["ok"]
    world.hear("<@U01ANA> removed *Tom* from session `demo`. Reason: noise", user=BEN)
    assert world.modal() is None
    assert world.people() == ["Lina"]


def test_a_form_opens_in_time_however_slow_openvidu_is(world: Installation) -> None:
    world.control("faults", {"operation": "getSession", "fault": "delay", "seconds": 4})
    begun = time.monotonic()
    world.type("close")
    form = json.dumps(eventually(world.modal, "the form opens"))
    assert time.monotonic() - begun < 3
    assert "Asking OpenVidu what this will do" in form
    eventually(lambda: "two people will be" in json.dumps(world.modal()), "the consequences")
    assert "Asking OpenVidu" not in json.dumps(world.modal())


def test_the_consequences_are_those_of_what_is_chosen(world: Installation) -> None:
    world.join("Mara", session="other")
    world.type("close")
    eventually(lambda: "two people will be" in json.dumps(world.modal()), "demo's consequences")
    world.choose("session", world.menu("session", "other")[0]["value"])
    eventually(lambda: "one person will be" in json.dumps(world.modal()), "other's consequences")
    assert "`other` is closed" in json.dumps(world.modal())
    assert world.submit(reason="over")["ok"]
    world.hear("closed session `other` (one person). Reason: over", user=BEN)
    assert world.people("demo") == ["Lina", "Tom"]


@pytest.mark.parametrize(
    "refused",
    [{"error": "internal_error"}, {"error": "invalid_arguments"}, {"body": "<html/>"}],
    ids=lambda refused: next(iter(refused.values())),
)
def test_a_form_that_could_not_follow_what_is_chosen_says_so(
    world: Installation, refused: dict[str, str]
) -> None:
    world.join("Mara", session="other")
    world.type("close")
    eventually(lambda: "two people will be" in json.dumps(world.modal()), "demo's consequences")
    world.slack_fault(method="views.update", times=2, **refused)
    world.choose("session", world.menu("session", "other")[0]["value"])
    told = world.hear("what was chosen before")
    assert "close --session other ?" in json.dumps(told), "it can be opened again, for that one"


def test_what_is_ticked_changes_what_will_happen(world: Installation) -> None:
    world.type("record start demo")
    world.hear("started recording")
    world.type("record stop demo")
    world.hear("<@U01ANA> stopped")
    world.type("recording delete demo")
    eventually(lambda: "15 min after you submit" in json.dumps(world.modal()), "the grace")
    world.choose("now", ["yes"])
    eventually(lambda: "lost for good, at once" in json.dumps(world.modal()), "no grace")
    assert world.submit(reason="old")["ok"]
    world.hear("deleted recording", user=BEN)
    world.type("recording list")
    world.hear("There are no recordings that you may see here")


def test_an_announced_closing_is_called_off_by_its_button(world: Installation) -> None:
    world.type("close --warn 5m")
    eventually(lambda: "5 min after you submit" in json.dumps(world.modal()), "when")
    assert world.submit()["ok"]
    announced = world.hear("will close session `demo` (two people)", user=BEN)
    world.press("Keep demo open", announced)
    world.hear("called off the closing of session `demo`", user=BEN)
    assert world.people() == ["Lina", "Tom"]


def test_what_was_typed_is_filled_in(world: Installation) -> None:
    world.type("record start --name lecture --mode individual ?")
    form = json.dumps(eventually(world.modal, "the form opens"))
    assert '"initial_value": "lecture"' in form
    assert '"individual"' in form.partition("initial_option")[2]


def test_a_number_is_filled_in_as_who_it_stands_for(world: Installation) -> None:
    world.type("show demo", channel=GENERAL)
    world.hear("Session demo is live", channel=GENERAL)
    world.type("kick 2 ?", channel=GENERAL)
    eventually(lambda: "Tom (con_" in json.dumps(world.modal()), "the name is there")
    assert world.submit()["ok"]
    world.hear("removed *Tom* from session `demo`", channel=GENERAL)
    assert world.people() == ["Lina"]


def test_a_wrong_value_is_told_at_its_field(world: Installation) -> None:
    world.type("record start ?")
    eventually(world.modal, "the form opens")
    answer = world.submit(name="not a name")
    assert set(answer["errors"]) == {"name"}
    assert world.modal() is not None


def test_a_question_answers_in_its_form(world: Installation) -> None:
    world.type("list ?")
    eventually(world.modal, "the form opens")
    world.submit(sort="name")
    eventually(lambda: "Live sessions" in json.dumps(world.modal()), "the answer is shown")


def test_a_form_takes_the_place_of_the_answer_that_it_was_opened_from(
    world: Installation,
) -> None:
    world.type("show ?")
    eventually(world.modal, "the form opens")
    world.submit(find="tom")
    eventually(lambda: "Kick Tom" in json.dumps(world.modal()), "the answer is shown")
    world.choose("Message all in demo", "")
    eventually(lambda: "Send a text to the people" in json.dumps(world.modal()), "the form")
    assert len(world.modals()) == 1
    assert world.submit(text="come back")["ok"]
    world.hear("sent to ", user=BEN)
    assert world.modal() is None


def test_who_may_not_gets_no_form(world: Installation) -> None:
    world.type("kick ?", user=BEN)
    world.hear("needs the role *moderator*", user=BEN)
    assert world.modal(user=BEN) is None


def test_a_form_that_comes_too_late_leaves_a_button(world: Installation) -> None:
    world.slack_fault(method="views.open", times=1, error="expired_trigger_id")
    world.type("kick")
    told = world.hear("participant is missing")
    assert told["is_ephemeral"] is True
    assert world.modal() is None


def test_several_are_removed_as_the_form_has_named_them(world: Installation) -> None:
    world.join("Tomas")
    world.type("kick --match tom*")
    eventually(lambda: "2 of the 3 people" in json.dumps(world.modal()), "who it would be")
    assert "*Tom*, *Tomas*" in json.dumps(world.modal())
    world.join("Tommy")
    assert world.submit(reason="noise")["ok"]
    told = world.hear("removed two people from session `demo`: *Tom*, *Tomas*.", user=BEN)
    assert "One person fits whom the form had not named" in json.dumps(told)
    assert world.people() == ["Lina", "Tommy"]
