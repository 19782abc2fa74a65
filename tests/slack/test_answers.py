"""Every call that ovbot makes of Slack, answered in every odd way that is known.

Prints a table of what each answer meant to each call (``pytest -s``).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from ovbot.clock import SystemClock
from ovbot.domain.markup import md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Paragraph, Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Joined, Posted, Unsupported
from ovbot.errors import FaultError
from ovbot.sandbox.slack import WorkspaceConfig, serve
from ovbot.slack.directory import Directory
from ovbot.slack.gateway import Gateway
from ovbot.slack.identity import Identity
from tests.slack.odd import ALL, AMBIGUOUS, DEAD, EDGE, LATER, NOBODY, UNREACHABLE, Odd

ANA, MODERATION = "U01ANA", "C02MODERATION"
TEXT = Reply(md("Hello"), (Paragraph(md("Hello there")),))
NOTICE = Notice(channel=MODERATION, key="k", reply=TEXT, user=ANA)
VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
HOME = {"type": "home", "blocks": []}
FORMS = 3
"""A message has so many forms; what is refused for its content is refused in each."""


class Slack:
    """The workspace, and a gateway to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url)
        self.gateway = Gateway("xoxb-sandbox", f"{url}/api/")

    async def act(self, what: str, **said: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/_control/{what}", json=said)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def close(self) -> None:
        await self.http.aclose()
        await self.gateway.close()


@asynccontextmanager
async def workspace() -> AsyncIterator[Slack]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = WorkspaceConfig(rate_limits=False)
    serving = asyncio.create_task(serve(config, ready=ready.set_result, handle_signals=False))
    slack = Slack(await ready)
    try:
        yield slack
    finally:
        await slack.close()
        serving.cancel()
        await asyncio.wait([serving])


Call = Callable[[Slack], Awaitable[object]]


async def members(slack: Slack) -> object:
    identity = Identity("T1", "U0", "B0")
    directory = Directory(slack.gateway.wire, identity, SystemClock())
    try:
        return await directory.joined(ANA, [MODERATION])
    finally:
        await directory.close()


CALLS: dict[str, Call] = {
    "chat.postMessage": lambda at: at.gateway.post(NOTICE, "id"),
    "chat.postEphemeral": lambda at: at.gateway.post(
        Notice(channel=MODERATION, key="k", reply=TEXT, audience=Audience.ONLY_USER, user=ANA), "id"
    ),
    "chat.update": lambda at: at.gateway.update(Posted(MODERATION, "1.1"), TEXT),
    "conversations.history": lambda at: at.gateway.find(NOTICE, "id", 0),
    "conversations.members": members,
    "views.open": lambda at: at.gateway.open_view("t.1", VIEW),
    "views.update": lambda at: at.gateway.update_view("V1", VIEW),
    "views.publish": lambda at: at.gateway.publish(ANA, HOME),
    "auth.test": lambda at: at.gateway.identify(),
    "apps.connections.open": lambda at: at.gateway.wire.call(
        "apps.connections.open", {}, app_token="xapp-sandbox"
    ),
    "response_url": lambda at: at.gateway.wire.respond(f"{at.url}/response/T/B/x", {"text": "x"}),
}
POSTING = ("chat.postMessage", "chat.postEphemeral", "chat.update")
READING = ("conversations.history", "conversations.members")


async def outcome(slack: Slack, method: str, odd: Odd) -> str:
    """What came of it, in a word."""
    slack.gateway._may_read = True
    times = max(odd.fault.get("times", 1), FORMS)
    await slack.act("faults", **{**odd.fault, "method": method, "times": times})
    answer = await tried(CALLS[method](slack))
    await slack.act("reset")
    match answer:
        case ChatFailure(kind=kind, reason=reason, retry_after=pause):
            assert 0 < len(reason) < 120
            assert kind is not FailureKind.WAIT or 1 <= pause <= 900
            return kind.value
        case FaultError(sentence=sentence, next_step=next_step, code=code):
            assert sentence
            assert next_step, code
            return code
        case None:
            return "nothing"
        case Unsupported():
            return "cannot look"
        case Joined(unknown=unknown):
            return f"{unknown} unknown"
        case _:
            return "done"


async def tried(call: Awaitable[object]) -> object:
    try:
        return await call
    except (ChatFailure, FaultError) as failure:
        return failure


async def row(method: str) -> dict[str, str]:
    async with workspace() as slack:
        return {odd.name: await outcome(slack, method, odd) for odd in ALL}


def table(rows: dict[str, dict[str, str]]) -> str:
    wide = max(len(odd.name) for odd in ALL)
    lines = [f"{'':{wide}} " + " ".join(f"{method[-14:]:14}" for method in rows)]
    for odd in ALL:
        said = " ".join(f"{row[odd.name]:14}" for row in rows.values())
        lines.append(f"{odd.name:{wide}} {said}")
    return "\n".join(lines)


async def test_every_answer_to_every_call_has_its_meaning() -> None:
    # Most of it is waiting, so each call has a workspace of its own to wait at.
    found = await asyncio.gather(*map(row, CALLS))
    rows = dict(zip(CALLS, found, strict=True))
    print("\n" + table(rows))
    for odd in ALL:
        meant = odd.means.value if odd.means else "done"
        for method in POSTING:
            assert rows[method][odd.name] == meant, (method, odd.name)
        for method in READING:
            assert rows[method][odd.name] not in {AMBIGUOUS.value, DEAD.value}, (method, odd.name)
        assert rows["conversations.history"][odd.name] in _LOOKED[odd.means], odd.name
    final = {DEAD.value, UNREACHABLE.value, NOBODY.value, "slack.auth"}
    passing = [odd.name for odd in EDGE if odd.means not in {DEAD, None}]
    for method, meanings in rows.items():
        # A response_url is used up or over when it is not found.
        over = {"404 html", "410"} if method == "response_url" else set()
        assert not [name for name in passing if meanings[name] in final and name not in over]


_LOOKED: dict[FailureKind | None, set[str]] = {
    None: {LATER.value, "nothing"},
    LATER: {LATER.value},
    AMBIGUOUS: {LATER.value},
    FailureKind.WAIT: {FailureKind.WAIT.value},
    NOBODY: {NOBODY.value},
    DEAD: {"cannot look"},
    UNREACHABLE: {"cannot look"},
    FailureKind.GONE: {"cannot look"},
}
"""Looking changes nothing, so it is never in doubt; who may not look says so."""
