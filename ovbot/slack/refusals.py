"""Slack's own error strings by what they mean for a message.

Source: docs.slack.dev, the "Errors" of chat.postMessage, chat.postEphemeral, chat.update,
views.open and auth.test.
"""

from ovbot.engine.ports import FailureKind

_LIMITED = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
    }
)
_PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "external_channel_migrating",
        "update_failed",
        "streaming_state_conflict",
        "temporarily_unavailable",
    }
)
"""It passes: nothing was done."""
_TOKEN = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "app_not_installed",
        "invalid_app_id",
        "user_removed_from_team",
    }
)
"""The bot token lets us do nothing at all."""
_ORGANISATION = frozenset(
    {
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
        "access_denied",
        "enterprise_is_restricted",
        "two_factor_setup_required",
        "accesslimited",
        "team_added_to_org",
        "team_not_found",
        "invalid_team_id",
    }
)
"""The workspace or its organisation lets us do nothing now."""
_UNREACHABLE = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "user_not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "posting_to_channel_denied",
        "no_permission",
        "cannot_post_to_channel",
        "channel_type_not_supported",
        "messages_tab_disabled",
        "cannot_dm_bot",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "cannot_reply_to_message",
        "thread_not_found",
    }
)
"""This channel, or this person, is nothing to post to."""
_GONE = frozenset(
    {
        "message_not_found",
        "edit_window_closed",
        "cant_update_message",
    }
)
"""The message to be changed is not there, or is not to be changed any more."""

_KINDS = (
    (_LIMITED, FailureKind.WAIT),
    (_PASSING, FailureKind.RETRY),
    (_TOKEN, FailureKind.NOBODY),
    (_ORGANISATION, FailureKind.NOBODY),
    (_UNREACHABLE, FailureKind.UNREACHABLE),
    (_GONE, FailureKind.GONE),
)


def kind_of(reason: str) -> FailureKind | None:
    """What the error string means; None for what says nothing of a token, channel or moment."""
    return next((kind for reasons, kind in _KINDS if reason in reasons), None)


def is_of_token(reason: str) -> bool:
    """Whether it is the token that is refused, and not its workspace."""
    return reason in _TOKEN


def advice(reason: str) -> str:
    """What whoever runs ovbot should do where nobody can be posted to."""
    if reason in _TOKEN:
        return (
            "Install the app in the workspace again, and set SLACK_BOT_TOKEN (xoxb-…) to the token "
            "that it has then."
        )
    if reason == "missing_scope":
        return "The app lacks a scope of manifest.yml: add it and install the app again."
    return (
        "The workspace or its organisation does not let the app post now; a Slack administrator "
        "can see why. ovbot goes on by itself when it may post again."
    )
