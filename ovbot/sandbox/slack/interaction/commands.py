"""Slash commands.

From the platform's documentation, "Slash commands".
"""

from typing import Any

from ovbot.sandbox.slack.content import read_content
from ovbot.sandbox.slack.delivery.envelope import Envelope, Receipt
from ovbot.sandbox.slack.errors import ApiError, ControlError
from ovbot.sandbox.slack.interaction.mentions import with_ids
from ovbot.sandbox.slack.interaction.payloads import VERIFICATION_TOKEN
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Channel, Person


async def run_command(
    state: State, person: Person, channel: Channel, command: str, text: str
) -> Receipt:
    """Send a command and show what the acknowledgement says. Raises ControlError."""
    plan = next((plan for plan in state.blueprint.commands if plan.command == command), None)
    if plan is None:
        known = ", ".join(plan.command for plan in state.blueprint.commands) or "none"
        raise ControlError(f"{command} is not a command here; there are: {known}", status=404)
    if channel.is_archived:
        raise ControlError(f"#{channel.name} is archived", status=409)
    team = state.blueprint.team
    text = text.strip()
    payload = {
        "token": VERIFICATION_TOKEN,
        "team_id": person.team,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.short()["name"],
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": with_ids(text, state.world) if plan.should_escape else text,
        "api_app_id": state.blueprint.app.id,
        # A string, because the platform form-encodes commands even before a socket carries them.
        "is_enterprise_install": "true" if state.blueprint.org_wide else "false",
        **_organisation(state),
        "response_url": state.base_url + state.response_urls.issue(person.id, channel.id),
        "trigger_id": state.triggers.issue(person.id),
    }
    receipt = await state.delivery.deliver(Envelope("slash_commands", payload, True))
    if receipt.acknowledged:
        _show_answer(state, person, channel, command, receipt.body)
    else:
        state.notice(channel.id, person.id, _failure(command, receipt))
    return receipt


def _organisation(state: State) -> Json:
    found = state.blueprint.organisation
    return {} if found is None else {"enterprise_id": found.id, "enterprise_name": found.name}


def _show_answer(state: State, person: Person, channel: Channel, command: str, body: Any) -> None:
    """An acknowledgement may carry a message; ephemeral unless it says ``in_channel``."""
    if not isinstance(body, dict) or not body:
        return
    if not any(body.get(name) for name in ("text", "blocks", "attachments")):
        return
    try:
        content = read_content(body, blocks_longest=False)
    except ApiError as problem:
        why = "; ".join([problem.error, *problem.messages])
        state.notice(channel.id, person.id, f"`{command}` failed: its answer was refused ({why}).")
        return
    public = body.get("response_type") == "in_channel"
    state.post(
        channel.id,
        state.world.bot,
        content,
        ephemeral_to=None if public else person.id,
    )


def _failure(command: str, receipt: Receipt) -> str:
    """What the person who typed the command is told."""
    if receipt.reason == "http_timeout":
        return f"`{command}` failed because the app did not respond within three seconds."
    if receipt.reason == "http_error":
        return f"`{command}` failed because the app answered with status {receipt.status}."
    return f"`{command}` failed because the app could not be reached."
