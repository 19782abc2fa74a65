"""Every command in every world: Slack takes what is said, nothing in it does harm, and every
button of it is a command that asks before it harms."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio

from ovbot.domain.actor import Actor
from ovbot.domain.reply import Button, Reply, from_json
from ovbot.engine.command import AnyCommand, Guard, Question
from ovbot.engine.forms import Form
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.menus import SEARCHED
from ovbot.grammar.args import Kind
from ovbot.openvidu.errors import SessionNotFound
from ovbot.sandbox.slack.blockkit import message_problems
from ovbot.slack import menus as of_slack
from ovbot.slack import modal
from ovbot.slack.gateway import Gateway
from ovbot.slack.home import Home
from ovbot.store import audit, outbox
from ovbot.store.deliveries import Status
from tests.conformance.commands import COMMANDS, fields_of, read
from tests.conformance.offers import check_buttons
from tests.conformance.rendering import check_message, check_view, harmless
from tests.conformance.samples import facts, samples
from tests.conformance.values import takes
from tests.conformance.worlds import (
    CLUSTER,
    EMPTY,
    FEW,
    ILL_WILL,
    ROOM,
    WORLDS,
    World,
    open_world,
)
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
THOROUGH = (FEW, ILL_WILL, CLUSTER)
PASSWORD = "hunter2"
NOBODY = "U09NOBODY"
"""Somebody who was never given a role, whatever the commands did before."""
ORDER = sorted(COMMANDS, key=lambda each: (not isinstance(each, Question), each.name))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator["Place"]:
    world: World = request.param
    async with open_world(world, tmp_path_factory.mktemp("world")) as desk:
        opened = Place(world, desk)
        await opened.ask(f"bind {ROOM} session participants recordings moderation", ANA)
        yield opened


each_place = pytest.mark.parametrize(
    "place", WORLDS, ids=[each.name for each in WORLDS], indirect=True, scope="module"
)
each_command = pytest.mark.parametrize("command", ORDER, ids=[each.name for each in ORDER])


class Place:
    """A desk in a world, where everything that is said is checked."""

    def __init__(self, world: World, desk: Desk) -> None:
        self.world = world
        self.desk = desk
        self.offered: dict[str, Button] = {}
        self._heard = 0

    async def ask(self, text: str, user: str, *, channel: str = MODERATION) -> None:
        """Give a command as a submitted form does, so that no form comes instead."""
        confirmed_ids = await self._named(text) if user == ANA and channel == MODERATION else None
        reply = await self.desk.type(
            text, user=user, channel=channel, source=Source.FORM, confirmed_ids=confirmed_ids
        )
        if reply is not None:
            self.look_at(reply)

    async def _named(self, text: str) -> tuple[str, ...] | None:
        """Whom the command's form names, where it holds to them."""
        command, args = read(text)
        if isinstance(command, Question) or command.guard_of(args) is not Guard.FORM:
            return None
        if self.lacks(command):
            return None
        return (await self._filled(text)).confirmed_ids

    def look_at(self, reply: Reply) -> None:
        check_message(reply)
        for button in check_buttons(reply):
            self.offered.setdefault(button.command, button)

    async def told(self) -> list[Reply]:
        """What the channels and the people were told since the last look."""
        async with self.desk.store.read() as tx:
            listed = await outbox.listed(tx, TEAM, Status.PENDING, limit=100_000)
        new, self._heard = listed[self._heard :], len(listed)
        return [from_json(item.delivery.reply) for item in new]

    def lacks(self, command: AnyCommand) -> bool:
        """Whether this world's server cannot do it at all: its form says so in words."""
        server = self.desk.openvidu.server
        return command.pro and server is not None and server.edition == "ce"

    async def refused(self, text: str) -> None:
        """No form opens; what is said instead names what it lacks."""
        asked = Invocation(
            actor=Actor(TEAM, ANA), channel=MODERATION, text=text, interaction=f"form {text}"
        )
        entered = await self.desk.door.enter(asked)
        assert entered.form is None
        assert entered.work is None
        assert entered.reply is not None
        assert "OpenVidu Pro" in entered.reply.text
        self.look_at(entered.reply)

    async def form(self, text: str) -> dict[str, Any]:
        """The form that a command opens, read live, as Slack's modal."""
        return modal.view(await self._filled(text), MODERATION)

    async def _filled(self, text: str) -> Form:
        asked = Invocation(
            actor=Actor(TEAM, ANA), channel=MODERATION, text=text, interaction=f"form {text}"
        )
        entered = await self.desk.door.enter(asked)
        assert entered.form is not None, (text, entered.reply)
        assert entered.fill is not None
        check_view(modal.view(entered.form, MODERATION))
        filled = await entered.fill()
        check_view(modal.view(filled, MODERATION))
        return filled


@each_place
@each_command
async def test_whatever_is_asked_is_answered_within_slacks_rules(
    place: Place, command: AnyCommand
) -> None:
    known = await facts(place.desk)
    asked = samples(command, known, thorough=place.world in THOROUGH)
    for text in asked:
        place.world.renew(place.desk)
        await place.ask(text, ANA)
    place.world.renew(place.desk)
    await place.ask(asked[0], BEN)
    await place.ask(asked[0], ANA, channel=GENERAL)
    place.world.renew(place.desk)
    if place.lacks(command):
        await place.refused(f"{asked[0]} ?")
    else:
        check_view(await place.form(f"{asked[0]} ?"))
    for reply in await place.told():
        place.look_at(reply)
        assert PASSWORD not in check_message(reply)
    for notice in place.desk.direct.told:
        made = notice.reply
        assert notice.user, "only the invited is told a token"
        assert made.parts


@each_place
async def test_every_button_can_be_pressed(place: Place) -> None:
    place.world.renew(place.desk)
    known = await facts(place.desk)
    for question in (each for each in ORDER if isinstance(each, Question)):
        await place.ask(samples(question, known, thorough=False)[0], ANA)
    assert len(place.offered) > (0 if place.world is EMPTY else 10)
    for text in list(place.offered)[:60]:
        if text.endswith(" ?"):
            check_view(await place.form(text))
        elif isinstance(read(text)[0], Question):
            reply = await place.desk.type(text, source=Source.BUTTON)
            if reply is not None:
                place.look_at(reply)
                assert "Not understood" not in reply.text, text


@each_place
async def test_menus_offer_what_is_there_within_slacks_rules(place: Place) -> None:
    place.world.renew(place.desk)
    door, actor = place.desk.door, Actor(TEAM, ANA)
    menus = {
        field.note.kind: (command, field)
        for command in COMMANDS
        for field in fields_of(command)
        if field.note.kind in SEARCHED
    }
    assert len(menus) == len(SEARCHED)
    if place.world is not CLUSTER:
        del menus[Kind.NODE]
    for kind, (command, field) in menus.items():
        for typed in ("", "a", "x" * 500):
            try:
                found = await door.options(actor, MODERATION, command.name, kind, typed, ROOM)
            except SessionNotFound:  # the menu stays empty
                assert place.world is EMPTY
                continue
            offered = of_slack.offered(found)
            if offered:
                select = {"type": "static_select", "action_id": "a", "options": offered}
                assert message_problems([{"type": "actions", "elements": [select]}]) == []
                harmless(offered)
            for option in offered:
                if option["value"] == of_slack.MORE:  # it only says how to find more
                    continue
                value = (option["value"],) if field.plural else option["value"]
                assert takes(command.args, field, value), (command.name, value)


@each_place
async def test_home_shows_everybody_what_they_may_see(place: Place) -> None:
    place.world.renew(place.desk)
    views: dict[str, dict[str, Any]] = {}

    async def publish(user: str, view: dict[str, Any]) -> None:
        views[user] = view

    gateway = SimpleNamespace(publish=publish)
    home = Home(place.desk.door, cast(Gateway, gateway))
    for user in (ANA, BEN, NOBODY):
        await home.opened(Actor(TEAM, user))
        check_view(views[user])
    assert ROOM not in json.dumps(views[NOBODY])
    listed = await place.desk.type("list", channel=ANA)
    assert listed is not None
    await home.publish(Actor(TEAM, ANA), listed)
    check_view(views[ANA])


@each_place
async def test_each_action_has_ended_once_and_the_audit_holds_no_secret(place: Place) -> None:
    async with place.desk.store.read() as tx:
        assert await audit.open_intents(tx, TEAM, "default") == ()
        actions = await audit.latest(tx, TEAM, limit=10_000)
    for entries in actions:
        assert sum(entry.outcome is not None for entry in entries) == 1
        assert PASSWORD not in repr(entries)
    assert "fault" not in {entry.answer for entries in actions for entry in entries}, [
        entries for entries in actions if entries[-1].answer == "fault"
    ]
