"""What Slack's refusal of a message means for whoever sends it."""

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from ovbot.engine.ports import ChatFailure, FailureKind

# Slack's own error strings: docs.slack.dev, methods chat.postMessage and chat.postEphemeral.
_UNREACHABLE = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "user_not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "cannot_dm_bot",
    }
)
_GONE = frozenset({"message_not_found", "edit_window_closed", "cant_update_message"})
_PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "accesslimited",
    }
)


def failure_of(error: SlackApiError) -> ChatFailure:
    """Whether to wait, to try again, or never; by the error's own string and its status."""
    response: AsyncSlackResponse = error.response
    reason = str(response.get("error") or f"status {response.status_code}")
    if response.status_code == 429 or reason == "ratelimited":
        pause = float(response.headers.get("Retry-After", 1) or 1)
        return ChatFailure(FailureKind.WAIT, "ratelimited", pause)
    if reason in _GONE:
        return ChatFailure(FailureKind.GONE, reason)
    if reason in _UNREACHABLE:
        return ChatFailure(FailureKind.UNREACHABLE, reason)
    if reason in _PASSING or response.status_code >= 500:
        return ChatFailure(FailureKind.RETRY, reason)
    return ChatFailure(FailureKind.DEAD, reason)
