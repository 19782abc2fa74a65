"""Who comes from another workspace has no role by being in a shared channel, on no surface.

Slack names the person's workspace in another field for each kind of payload, and in some also the
app's own (docs.slack.dev, "Slack Connect"): every field is tried on every surface.
"""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from ovbot.domain.actor import Origin
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import Binding
from ovbot.domain.workspace import Workspace
from ovbot.slack import modal
from ovbot.store import audit, bindings
from tests.slack.signed import ADMIN, CHANNEL, GUEST, TEAM, Signed, open_signed

OTHER, ORG = "T9OTHER", "E1ORG"
Payload = dict[str, Any]


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        signed.by_socket = request.param == "socket"
        async with signed.store.begin() as tx:
            await bindings.add(tx, Binding(TEAM, "default", CHANNEL, "demo", (), ADMIN, 1))
        yield signed


# Where somebody may come from, by what their payload says: team, user, view, enterprise, org-wide.
OURS: dict[str, Payload] = {
    "all that there is": {"team": TEAM, "user": TEAM, "view": TEAM},
    "the workspace alone": {"team": TEAM},
    "the person's workspace alone": {"user": TEAM},
    "in an organisation": {"team": TEAM, "user": TEAM, "enterprise": ORG},
    "no team, as for an organisation": {"user": TEAM, "view": TEAM, "enterprise": ORG, "org": True},
}
THEIRS: dict[str, Payload] = {
    "the person is theirs": {"team": TEAM, "user": OTHER},
    "the workspace is theirs": {"team": OTHER},
    "all is theirs": {"team": OTHER, "user": OTHER, "view": OTHER},
    "the view is theirs": {"team": TEAM, "user": TEAM, "view": OTHER},
    "no team, and the person is theirs": {"user": OTHER, "enterprise": ORG, "org": True},
    "nothing is said": {},
    "nothing but another organisation": {"enterprise": "E9OTHER", "org": True},
    "another organisation's workspace": {"team": OTHER, "user": OTHER, "enterprise": "E9OTHER"},
}


def shaped(said: Payload, user: str) -> Payload:
    """The part of an interaction's payload that says who it is."""
    team, enterprise = said.get("team"), said.get("enterprise")
    return {
        "team": {"id": team, "domain": "x"} if team else None,
        "user": {"id": user, "username": "x", "team_id": said.get("user")},
        "enterprise": {"id": enterprise, "name": "x"} if enterprise else None,
        "is_enterprise_install": said.get("org", False),
    }


def view(said: Payload, command: str, **values: str) -> Payload:
    state = {
        name: {"ov:field:session": {"type": "plain_text_input", "value": value}}
        for name, value in values.items()
    }
    return {
        "id": f"V{time.monotonic_ns()}",
        "type": "modal",
        "callback_id": modal.CALLBACK,
        "team_id": said.get("view"),
        "private_metadata": json.dumps({"command": command, "channel": CHANNEL}),
        "state": {"values": state},
    }


async def command(bot: Signed, said: Payload, user: str) -> None:
    # A command has no person's workspace beside its own.
    fields = {
        "team_id": _foreign_first(said),
        "enterprise_id": said.get("enterprise", ""),
        "is_enterprise_install": "true" if said.get("org") else "false",
        "channel_id": CHANNEL,
        "user_id": user,
        "command": "/openvidu",
        "text": "show demo",
        "trigger_id": "t",
        "response_url": f"{bot.base}/answer",
    }
    assert (await bot.send(urlencode(fields))).status_code == 200


def _foreign_first(said: Payload) -> str:
    named = [said.get(field) for field in ("team", "user", "view")]
    return next((one for one in named if one == OTHER), None) or next(filter(None, named), "")


async def button(bot: Signed, said: Payload, user: str) -> None:
    await pressed(bot, said, user, channel={"id": CHANNEL}, response_url=f"{bot.base}/answer")


async def modal_button(bot: Signed, said: Payload, user: str) -> None:
    await pressed(bot, said, user, view=view(said, "show"))


async def pressed(bot: Signed, said: Payload, user: str, **where: Any) -> None:
    if "view" in said and "view" not in where:
        where["view"] = {"id": "V1", "type": "other", "team_id": said["view"]}
    action = {"action_id": "ov:show:1", "value": "show demo"}
    answer = await bot.interact(
        type="block_actions", actions=[action], **shaped(said, user), **where
    )
    assert answer.status_code == 200


async def form(bot: Signed, said: Payload, user: str) -> None:
    sent = view(said, "show", session="demo")
    answer = await bot.interact(type="view_submission", view=sent, **shaped(said, user))
    assert answer.status_code == 200


async def choice(bot: Signed, said: Payload, user: str) -> None:
    actions = [{"action_id": "ov:field:session", "block_id": "session"}]
    sent = view(said, "show", session="demo")
    answer = await bot.interact(
        type="block_actions", actions=actions, view=sent, **shaped(said, user)
    )
    assert answer.status_code == 200


async def menu(bot: Signed, said: Payload, user: str) -> None:
    bot.outside.answering.set()
    answer = await bot.interact(
        type="block_suggestion",
        action_id="ov:field:session",
        block_id="session",
        value="",
        view=view(said, "show"),
        **shaped(said, user),
    )
    assert answer.json() == {"options": []}


async def home(bot: Signed, said: Payload, user: str) -> None:
    whole = {
        "type": "event_callback",
        "team_id": said.get("team") or said.get("user"),
        "context_team_id": said.get("user"),
        "enterprise_id": said.get("enterprise"),
        "authorizations": [{"is_enterprise_install": said.get("org", False)}],
        "event_id": "Ev1",
        "event": {
            "type": "app_home_opened",
            "user": user,
            "tab": "home",
            "view": {"team_id": said.get("view")},
        },
    }
    assert (await bot.send(json.dumps(whole), json_body=True)).status_code == 200


async def home_button(bot: Signed, said: Payload, user: str) -> None:
    place = {"id": "V0", "type": "home", "team_id": said.get("view")}
    await pressed(bot, said, user, view=place)


Surface = Callable[[Signed, Payload, str], Awaitable[None]]
SURFACES: list[Surface] = [
    command,
    button,
    modal_button,
    form,
    choice,
    menu,
    home,
    home_button,
]


async def refusals(bot: Signed) -> list[AuditEntry]:
    await bot.settled()
    async with bot.store.read() as tx:
        actions = await audit.latest(tx, TEAM, limit=100)
    return [one for entries in actions for one in entries if one.outcome is Outcome.DENIED]


def asked_for_sessions(bot: Signed) -> list[str]:
    return [call for call in bot.outside.calls if "/sessions" in call]


@pytest.mark.parametrize("surface", SURFACES)
async def test_who_is_from_elsewhere_is_refused_and_audited(bot: Signed, surface: Surface) -> None:
    for number, (shape, said) in enumerate(THEIRS.items(), start=1):
        await surface(bot, said, GUEST)
        denied = await refusals(bot)
        assert len(denied) == number, shape
        assert all("of workspace" in one.detail and one.actor == GUEST for one in denied), shape
    assert asked_for_sessions(bot) == []


@pytest.mark.parametrize("surface", [command, button, modal_button, form, choice, menu])
async def test_a_member_is_a_viewer_whatever_names_the_workspace(
    bot: Signed, surface: Surface
) -> None:
    for shape, said in OURS.items():
        bot.outside.calls.clear()
        await surface(bot, said, GUEST)
        assert await refusals(bot) == [], shape
        assert asked_for_sessions(bot) or surface is choice, shape


@pytest.mark.parametrize("surface", SURFACES)
async def test_a_role_that_is_given_to_ones_id_holds_from_anywhere(
    bot: Signed, surface: Surface
) -> None:
    await surface(bot, THEIRS["the person is theirs"], ADMIN)
    assert await refusals(bot) == []


async def test_an_action_from_elsewhere_is_kept_where_admins_look(bot: Signed) -> None:
    said = THEIRS["all is theirs"]
    sent = view(said, "signal", session="demo", text="hello")
    await bot.interact(type="view_submission", view=sent, **shaped(said, ADMIN))
    await bot.settled()
    async with bot.store.read() as tx:
        [entries] = await audit.latest(tx, TEAM, limit=10)
    assert {one.team for one in entries} == {TEAM}


ORGANISATION = Workspace(ORG, ORG, True, frozenset({TEAM, "T2"}))


@pytest.mark.parametrize(
    ("origin", "foreign"),
    [
        (Origin(frozenset({"T2"}), ORG, True), ""),
        (Origin(frozenset({ORG, TEAM}), ORG, True), ""),
        (Origin(frozenset(), ORG, True), ""),
        (Origin(frozenset(), ORG, False), ORG),
        (Origin(frozenset(), "E9", True), "E9"),
        (Origin(frozenset({"T2", OTHER}), ORG, True), OTHER),
        (Origin(frozenset({OTHER}), ORG, True), OTHER),
        (Origin(), "unknown"),
        (None, ""),
    ],
)
def test_in_an_organisation_its_own_workspaces_belong(origin: Origin | None, foreign: str) -> None:
    assert ORGANISATION.foreign(origin) == foreign
