"""Somebody who has read nothing is given a role in Slack, is refused more, asks for that, and loses
it: every step is taken with what the message before it offers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import ahead
from tests.e2e.installation import (
    ANA,
    BEN,
    GENERAL,
    MODERATION,
    Installation,
    Message,
    eventually,
)

HOUR = 3_600_000
CLEO = "U03CLEO"
ANAS, BENS = "D01ANA", "D02BEN"


class Clock:
    """The bot's, which a test sets ahead."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ahead"
        self.file.write_text("0")

    def goes_on(self, milliseconds: int) -> None:
        self.file.write_text(str(int(self.file.read_text()) + milliseconds))


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def world(tmp_path: Path, clock: Clock) -> Iterator[Installation]:
    made = Installation(tmp_path, "socket", OVBOT_PROTECTED="Dr. *")
    made.bot.program = (ahead.__file__, str(clock.file))
    try:
        made.start()
        for session in ("exam-7", "demo"):
            for name in ("Lina", "Tom"):
                made.join(name, session)
        yield made
        assert "Traceback" not in made.bot.said
    except BaseException:
        print(made.bot.said[-6000:])
        raise
    finally:
        made.stop()


def offered(message: Message) -> list[str]:
    """The labels of its buttons."""
    found: list[str] = []
    for block in message["blocks"]:
        elements = [*block.get("elements", ()), block.get("accessory", {})]
        found += [e["text"]["text"] for e in elements if e.get("type") == "button"]
    return found


def test_a_second_person_approves_in_the_message_that_asks(world: Installation) -> None:
    moderation = {"channel": MODERATION}
    world.join("Dr. Weber", "exam-7")
    world.type("bind exam-7", **moderation)
    world.hear("bound this channel", **moderation)
    for user in (BEN, CLEO):
        world.type(f"grant <@{user}> moderator for exam-7", **moderation)
        world.hear(f"gave <@{user}>", **moderation)
    world.type("kick Dr. Weber Unwell", user=BEN, **moderation)
    world.hear("is protected", user=BEN, **moderation)
    asks = f"<@{BEN}> wants *Dr. Weber* to be removed"
    request = world.hear(asks, user=CLEO, **moderation)
    assert offered(request) == ["Approve kick", "Refuse kick", "Withdraw kick"]
    world.press("Approve kick", request, user=BEN, **moderation)
    world.hear("somebody else has to approve it", user=BEN, **moderation)
    assert "Dr. Weber" in world.people("exam-7")
    world.press("Approve kick", request, user=CLEO, **moderation)
    told = world.hear("removed *Dr. Weber*", **moderation)
    assert f"Approved by <@{CLEO}>" in told["text"]
    assert world.people("exam-7") == ["Lina", "Tom"]

    def answered() -> bool:
        (now,) = world.saying(asks, **moderation)
        return f"<@{CLEO}> approved it" in now["text"] and offered(now) == []

    eventually(answered, "the request says who approved it")


def test_from_nothing_to_an_hour_and_back(world: Installation, clock: Clock) -> None:
    ben = {"user": BEN, "channel": GENERAL}
    # Ana gives it, by the form: she does not know how it is typed either.
    world.type("grant", channel=GENERAL)
    eventually(lambda: world.modal(), "the form is open")
    world.submit(who=BEN, role="moderator", over="exam-*")
    world.hear("gave <@U02BEN> *moderator* for `exam-*`", channel=GENERAL)

    # Ben hears of it directly, and what he can do now is one press away.
    told = world.hear("gave <@U02BEN> *moderator* for `exam-*`", user=BEN, channel=BENS)
    assert "You can also kick" in json.dumps(told)
    world.press("What can I do?", told, user=BEN, channel=BENS)
    helped = world.hear("commands of /openvidu that you may use", user=BEN, channel=BENS)
    assert "close" in json.dumps(helped["blocks"])

    # He kicks by what the list and the panel offer; of the other session he sees nothing.
    world.type("list", **ben)
    listed = world.hear("There is one live session", **ben)
    assert "Show exam-7" in offered(listed)
    assert "Show demo" not in offered(listed)
    world.press("Show exam-7", listed, **ben)
    panel = world.hear("Session exam-7 is live with two participants", **ben)
    world.kick("Tom", panel, **ben)
    world.hear("<@U02BEN> removed *Tom* from session `exam-7`", channel=GENERAL)
    assert world.people("exam-7") == ["Lina"]

    # More is refused, with whom to ask and a way to do it.
    world.type("close exam-7", **ben)
    refused = world.hear("needs the role *operator*", **ben)
    assert f"Ask <@{ANA}>" in refused["text"]
    assert world.modal(user=BEN) is None
    world.press("Ask for it", refused, **ben)
    eventually(lambda: world.modal(user=BEN), "the form is open")
    world.submit(user=BEN, reason="the exam is over")
    world.hear(f"Asked <@{ANA}>", **ben)

    # Ana decides by a button, and her message says what was decided.
    request = world.hear("asks to be *operator* for `exam-7`, for an hour", channel=ANAS)
    assert "the exam is over" in request["text"]
    assert offered(request) == ["Give operator", "Refuse operator"]
    world.press("Give operator", request, channel=ANAS)
    world.hear("gave <@U02BEN> *operator* for `exam-7` until", user=BEN, channel=BENS)

    def decided() -> Message | None:
        asked = world.saying("asks to be *operator*", channel=ANAS)[-1]
        return asked if f"<@{ANA}> gave it" in asked["text"] else None

    assert offered(eventually(decided, "the request says who gave it")) == []

    # Now he can, and an hour later he cannot any more: not even with the form that was open.
    world.type("close exam-7", **ben)
    eventually(lambda: "will be disconnected" in str(world.modal(user=BEN)), "the form tells whom")
    world.submit(user=BEN, reason="the exam is over")
    world.hear("<@U02BEN> closed session `exam-7`", **ben)
    for name in ("Lina", "Tom"):
        world.join(name, "exam-7")
    world.type("close exam-7", **ben)
    eventually(lambda: "will be disconnected" in str(world.modal(user=BEN)), "the form tells whom")
    clock.goes_on(HOUR)
    world.submit(user=BEN, reason="once more")
    said = json.dumps(world.modal(user=BEN))
    assert "needs the role *operator*, and yours here is *moderator*" in said
    assert "Ask for it" in said
    assert world.people("exam-7") == ["Lina", "Tom"]

    # A moderator he is still.
    world.type("kick exam-7 Lina", **ben)
    world.hear("<@U02BEN> removed *Lina* from session `exam-7`", **ben)

    # And Ana takes that back, by the list of who may do what.
    world.type("grants", channel=GENERAL)
    grants = world.hear("grant holds", channel=GENERAL)
    assert "operator" not in json.dumps(grants)
    world.press("Remove moderator", grants, channel=GENERAL)
    world.hear("removed this from <@U02BEN>: *moderator* for `exam-*`", user=BEN, channel=BENS)
    world.type("kick demo Lina", **ben)
    world.hear("needs the role *moderator*", **ben)
    assert world.people("demo") == ["Lina", "Tom"]
