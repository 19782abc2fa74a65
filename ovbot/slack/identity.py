"""Who ovbot is in Slack, asked once at start."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from ovbot.domain.workspace import Workspace
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.errors import FaultError
from ovbot.slack import failures, refusals
from ovbot.slack.pages import Teams
from ovbot.slack.wire import Wire

log = structlog.get_logger(__name__)

_PAGE = 100
_PATIENCE = {"slack.unreachable": 3.0, "slack.unwell": 120.0}
"""Seconds at the start: where nothing answers, an address or a proxy may well be set wrong."""


class Identity(msgspec.Struct, frozen=True):
    """The workspace and the bot user, by Slack ids."""

    team: str
    bot_user: str
    bot_id: str
    enterprise: str | None = None
    org_wide: bool = False
    """Whether ovbot is installed in a whole organisation; ``team`` is that one's id then."""
    teams: frozenset[str] = frozenset()
    """The organisation's workspaces, where it is."""
    scopes: frozenset[str] | None = None
    """What the token may do; None where Slack did not say."""

    @property
    def workspace(self) -> Workspace:
        """Where ovbot is at home, for the door."""
        return Workspace(self.team, self.enterprise or "", self.org_wide, self.teams)


class _Me(msgspec.Struct, frozen=True):
    """Of auth.test."""

    user_id: str
    team_id: str | None = None
    bot_id: str | None = None
    enterprise_id: str | None = None
    is_enterprise_install: bool | None = None


async def settled(wire: Wire, pause: float = 0.5) -> Identity:
    """Who we are; a hiccup at the start is waited for. Raises FaultError with words."""
    began = asyncio.get_running_loop().time()
    while True:
        try:
            return await ask(wire)
        except FaultError as refused:
            waited = asyncio.get_running_loop().time() - began
            if waited + pause > _PATIENCE.get(refused.code, 0.0):
                raise
            log.warning("start.waits", why=refused.sentence)
        await asyncio.sleep(pause)
        pause = min(2 * pause, 10.0)


async def ask(wire: Wire) -> Identity:
    """Who we are (auth.test); raises FaultError with words when Slack does not accept us."""
    try:
        said = await wire.call("auth.test")
    except ChatFailure as failure:
        raise _not_let_in(failure, wire.api_url) from failure
    try:
        me = msgspec.convert(said, _Me)
    except msgspec.ValidationError as error:
        raise _nobodys_token() from error
    org_wide = me.is_enterprise_install is True
    team = me.enterprise_id if org_wide else me.team_id
    if not team:
        raise _nobodys_token()
    return Identity(
        team=team,
        bot_user=me.user_id,
        bot_id=me.bot_id or "",
        enterprise=me.enterprise_id,
        org_wide=org_wide,
        teams=await _teams(wire) if org_wide else frozenset(),
        scopes=_scopes(said),
    )


async def _teams(wire: Wire) -> frozenset[str]:
    """The workspaces of the organisation that the app may work in (auth.teams.list)."""
    found: set[str] = set()
    cursor = ""
    try:
        while True:
            asked = {"cursor": cursor or None, "limit": _PAGE}
            page = msgspec.convert(await wire.call("auth.teams.list", query=asked), Teams)
            found.update(team.id for team in page.teams)
            cursor = page.cursor
            if not cursor:
                return frozenset(found)
    except (ChatFailure, msgspec.ValidationError) as error:
        why = error.reason if isinstance(error, ChatFailure) else "odd answer"
        raise FaultError(
            "ovbot is installed in a whole organisation, and Slack does not tell which "
            f"workspaces that are ({why}).",
            "Start it again, or install it in one workspace and use that one's bot token.",
            code="slack.org_wide",
        ) from error


def _scopes(said: Mapping[str, Any]) -> frozenset[str] | None:
    """Slack names a token's scopes with every answer (docs.slack.dev, "Using the Web API")."""
    named = said.get("_scopes")
    if named is None:
        return None
    return frozenset(scope.strip() for scope in str(named).split(","))


def _nobodys_token() -> FaultError:
    return FaultError(
        "Slack does not say whose token SLACK_BOT_TOKEN is.",
        "Install the app in the workspace and copy its bot token (xoxb-…).",
        code="slack.identity",
    )


def _not_let_in(failure: ChatFailure, api_url: str) -> FaultError:
    """Why ovbot cannot begin, and whether that may pass."""
    if failure.kind is FailureKind.NOBODY:
        return FaultError(
            f"Slack does not accept SLACK_BOT_TOKEN ({failure.reason}).",
            refusals.advice(failure.reason),
            code="slack.auth",
        )
    if failure.kind in failures.PASSING:
        answered = failure.kind is FailureKind.WAIT or failures.was_answered(failure.reason)
        return FaultError(
            f"Slack cannot be reached at {api_url} ({failure.reason}).",
            failures.network_advice(failure.reason),
            code="slack.unwell" if answered else "slack.unreachable",
        )
    return FaultError(
        f"Slack refused to say who SLACK_BOT_TOKEN is ({failure.reason}).",
        "Copy the bot token (xoxb-…) of the installed app.",
        code="slack.auth",
    )
