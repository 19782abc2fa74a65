"""What every interaction payload carries.

From the platform's documentation, "Interaction payloads".
"""

from ovbot.sandbox.slack.blueprint import Blueprint
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.views import View
from ovbot.sandbox.slack.world import Channel, Person

VERIFICATION_TOKEN = "sandbox"  # noqa: S105 - the platform's deprecated token, which is no secret


def common(state: State, kind: str, person: Person) -> Json:
    """Who, where and which app.

    Of somebody from another workspace, forms and menus name theirs as ``team``, and presses in
    messages the app's own (slackapi/bolt-js 1614, slackapi/java-slack-sdk 1041). Where the app is
    installed in a whole organisation there is no team at all ("Org-ready apps").
    """
    plan = state.blueprint
    team: Json | None = {"id": plan.team.id, "domain": plan.team.domain}
    if plan.is_foreign(person.id) and kind != "block_actions":
        team = {"id": person.team, "domain": "partner"}
    elif plan.org_wide:
        team = None
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team,
        },
        "api_app_id": state.blueprint.app.id,
        "token": VERIFICATION_TOKEN,
        "team": team,
        "enterprise": organisation(plan),
        "is_enterprise_install": plan.org_wide,
    }


def organisation(plan: Blueprint) -> Json | None:
    """The organisation, as interactions name it."""
    found = plan.organisation
    return None if found is None else {"id": found.id, "name": found.name}


def in_message(state: State, channel: Channel, ts: str) -> Json:
    """Where an interaction in a message took place.

    An ephemeral message is named but not shown: the platform keeps no copy of it.
    """
    message = state.messages.find(channel.id, ts)
    container: Json = {
        "type": "message",
        "message_ts": ts,
        "channel_id": channel.id,
        "is_ephemeral": message is not None and message.ephemeral_to is not None,
    }
    body: Json = {"container": container, "channel": channel.short()}
    if message is not None and message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    if message is not None and message.ephemeral_to is None:
        body["message"] = state.messages.as_json(message, metadata=False)
    return body


def in_view(state: State, view: View) -> Json:
    """Where an interaction in a modal or Home tab took place."""
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view.as_json(state.blueprint),
    }
