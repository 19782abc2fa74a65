"""What Slack would say of what ovbot says, and what must never be in it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ovbot.domain.reply import Reply
from ovbot.sandbox.slack.blockkit import message_problems, view_problems
from ovbot.slack import present
from tests.conformance.copying import check_commands
from tests.desk import SECRET

HOOK = "hook-value-8c1f"
"""What OpenVidu's webhook carries in the tests: told to nobody."""
MOST_TEXT = 4000
_ALARM = re.compile(r"<!(?!date\^)|<@(?![UW][A-Z0-9]+>)|<#(?![CD][A-Z0-9]+>)")
_SECRETS = re.compile(rf"{SECRET}|{HOOK}|wss?://[^\s\"]*token=|tok_[A-Za-z0-9]{{8,}}")
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\x00-\x09\x0b-\x1f\x7f]")


def check_message(reply: Reply) -> str:
    """The reply as a message that Slack takes and that tells no secret; all of its words."""
    made = present.message(reply)
    assert message_problems(made.blocks) == []
    assert 0 < len(made.text) <= MOST_TEXT
    sentence = made.text.split(" Reason: ")[0].rstrip()  # a reason is told as it was given
    assert sentence[-1:] in set(".?!”…"), f"a screen reader gets {made.text!r}"
    harmless(made.blocks)
    harmless(made.text)
    check_commands([made.text, *texts(made.blocks)])
    return json.dumps([made.text, made.blocks], ensure_ascii=False)


def check_view(view: dict[str, Any]) -> None:
    """A modal or a Home tab that Slack takes and that tells no secret."""
    assert view_problems(view) == []
    harmless(view["blocks"])
    check_commands(texts(view["blocks"]))


def harmless(content: Any) -> None:
    """Nothing in it alarms a channel, hides what it says, or is a secret."""
    for text in texts(content):
        assert not _ALARM.search(text), text
        assert not _SECRETS.search(text), text
        assert not _HIDDEN.search(text), ascii(text)


def texts(content: Any) -> Iterator[str]:
    """Every string in a payload."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from texts(value)
    elif isinstance(content, list):
        for item in content:
            yield from texts(item)
