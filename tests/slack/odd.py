"""What stands before Slack answers now and then, and Slack's own refusals: faults of the workspace.

Each is named, with what it has to mean for a message that was to be posted.
"""

import json
from typing import Any, NamedTuple

from ovbot.engine.ports import FailureKind

LATER, WAIT, AMBIGUOUS = FailureKind.RETRY, FailureKind.WAIT, FailureKind.AMBIGUOUS
DEAD, UNREACHABLE, GONE = FailureKind.DEAD, FailureKind.UNREACHABLE, FailureKind.GONE
NOBODY = FailureKind.NOBODY

Fault = dict[str, Any]


class Odd(NamedTuple):
    """A fault, and what it means; None: it was sent."""

    name: str
    fault: Fault
    means: FailureKind | None


def edge(
    name: str, means: FailureKind | None, body: str = "", status: int = 200, **headers: str
) -> Odd:
    """An answer to the letter; headers by their names with underscores."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Odd(name, {"body": body, "status": status, "headers": named}, means)


def says(means: FailureKind, *errors: str) -> list[Odd]:
    """Slack's own refusals."""
    return [Odd(error, {"error": error}, means) for error in errors]


HTML, TEXT, JSON = "text/html", "text/plain", "application/json"
LIMIT = json.dumps({"ok": False, "error": "ratelimited"})

EDGE = [
    edge("200 html", LATER, "<html>Log in to the hotel</html>"),
    edge("200 text", LATER, "ok", Content_Type=TEXT),
    edge("200 empty", LATER),
    edge("200 null", LATER, "null", Content_Type=JSON),
    edge("200 list", LATER, "[]", Content_Type=JSON),
    edge("200 number", LATER, "NaN", Content_Type=JSON),
    edge("200 a string", LATER, '"ok"', Content_Type=JSON),
    edge("200 {}", LATER, "{}", Content_Type=JSON),
    edge("200 ok false, no error", LATER, '{"ok": false}', Content_Type=JSON),
    edge("200 ok as text", LATER, '{"ok": "true"}', Content_Type=JSON),
    edge("200 ok null", LATER, '{"ok": null}', Content_Type=JSON),
    edge("200 error is a list", LATER, '{"ok": false, "error": ["x"]}', Content_Type=JSON),
    edge("200 error is empty", LATER, '{"ok": false, "error": ""}', Content_Type=JSON),
    edge("200 deep", LATER, "[" * 100_000, Content_Type=JSON),
    edge("200 cut before ok", AMBIGUOUS, '{"ok":', Content_Type=JSON),
    edge("200 cut behind ok", None, '{"ok":true,"channel":"C02M', Content_Type=JSON),
    edge("200 cut behind not ok", LATER, '{"ok":false,"err', Content_Type=JSON),
    edge("200 no ts", None, '{"ok": true}', Content_Type=JSON),
    edge("200 json as text", None, '{"ok": true, "ts": "1.1"}', Content_Type=TEXT),
    edge("200 wrong charset", LATER, "caf\u00e9", Content_Type="text/plain; charset=klingon"),
    edge("200 not gzip", AMBIGUOUS, "{}", Content_Encoding="gzip"),
    edge("204", LATER, "", 204),
    edge("301", LATER, "", 301, Location="https://login.example.com/"),
    edge("302", LATER, "", 302, Location="http://127.0.0.1:9/"),
    edge("302 to nowhere", LATER, "", 302),
    edge("307", LATER, "", 307, Location="//"),
    edge("400 html", LATER, "<html/>", 400),
    edge("401 html", LATER, "<html/>", 401, WWW_Authenticate="Negotiate"),
    edge("403 html", LATER, "<html>Blocked by policy</html>", 403),
    edge("404 html", LATER, "<html/>", 404),
    edge("405", LATER, "", 405),
    edge("407", LATER, "", 407, Proxy_Authenticate="Basic"),
    edge("408 text", LATER, "Request Timeout", 408, Content_Type=TEXT),
    edge("410", LATER, "", 410),
    edge("413", DEAD, "too large", 413, Content_Type=TEXT),
    edge("418", LATER, "teapot", 418),
    edge("421", LATER, "", 421),
    edge("429 number", WAIT, LIMIT, 429, Content_Type=JSON, Retry_After="2"),
    edge("429 zero", WAIT, LIMIT, 429, Content_Type=JSON, Retry_After="0"),
    edge("429 nothing", WAIT, LIMIT, 429, Content_Type=JSON),
    edge("429 old date", WAIT, LIMIT, 429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
    edge("429 far date", WAIT, LIMIT, 429, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"),
    edge("429 words", WAIT, "slow down", 429, Content_Type=TEXT, Retry_After="soon"),
    edge("429 nan", WAIT, "", 429, Retry_After="nan"),
    edge("429 negative", WAIT, "", 429, Retry_After="-5"),
    edge("429 huge", WAIT, "", 429, Retry_After="99999999999999999999"),
    edge("429 fraction", WAIT, "", 429, Retry_After="1.5"),
    edge("429 text, limited by ok", WAIT, '{"ok": true}', 429, Content_Type=TEXT),
    edge("500 text", LATER, "Internal Server Error", 500, Content_Type=TEXT),
    edge("502 html", AMBIGUOUS, "<html/>", 502),
    edge("503 text", LATER, "upstream connect error or disconnect", 503, Content_Type=TEXT),
    edge("503 html", LATER, "<html/>", 503, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"),
    edge("503 empty", LATER, "", 503),
    edge("504", AMBIGUOUS, "", 504),
    edge("520", AMBIGUOUS, "error code: 520", 520),
    edge("521", LATER, "error code: 521", 521),
    edge("599", LATER, "", 599),
    Odd("500 json", {"status": 500}, LATER),
    Odd("503 json", {"status": 503}, LATER),
    Odd("reset", {"drop": True, "times": 2}, AMBIGUOUS),
    Odd("reset when done", {"lose_answer": True, "times": 2}, AMBIGUOUS),
]
REFUSALS = [
    *says(WAIT, "ratelimited", "rate_limited", "message_limit_exceeded"),
    *says(
        LATER,
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
        *("external_channel_migrating", "update_failed", "streaming_state_conflict"),
    ),
    *says(
        NOBODY,
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("org_login_required", "ekm_access_denied", "team_access_not_granted", "access_denied"),
        *("enterprise_is_restricted", "two_factor_setup_required", "accesslimited"),
        *("team_added_to_org", "not_allowed_token_type"),
    ),
    *says(
        UNREACHABLE,
        *("not_in_channel", "channel_not_found", "is_archived", "is_inactive", "no_permission"),
        *("restricted_action", "restricted_action_read_only_channel", "cannot_dm_bot"),
        *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel"),
        *("restricted_action_thread_locked", "posting_to_channel_denied", "user_not_found"),
        *("cannot_post_to_channel", "messages_tab_disabled", "channel_type_not_supported"),
    ),
    *says(GONE, "message_not_found", "edit_window_closed", "cant_update_message"),
    *says(
        DEAD,
        *("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"),
        *("metadata_too_large", "as_user_not_supported", "method_deprecated", "no_text"),
        *("an_error_of_next_year", "deprecated_endpoint", "invalid_arguments"),
    ),
]
ALL = [*EDGE, *REFUSALS]
