"""What every interaction payload carries.

From the platform's documentation, "Interaction payloads".
"""

from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.views import View
from ovbot.sandbox.slack.world import Channel, Person

VERIFICATION_TOKEN = "sandbox"  # noqa: S105 - the platform's deprecated token, which is no secret


def common(state: State, kind: str, person: Person) -> Json:
    """Who, where and which app."""
    team = state.blueprint.team
    return {
        "type": kind,
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": team.id,
        },
        "api_app_id": state.blueprint.app.id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


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
