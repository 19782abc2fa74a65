"""api.*, auth.*, apps.*, bots.*, blocks.*: about the app itself, and checks."""

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.api.methods import method
from ovbot.sandbox.slack.blockkit import message_problems, view_problems
from ovbot.sandbox.slack.content import decoded
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import CREATED


@method("api.test", Tier.FOUR, needs="none")
async def api_test(state: State, args: Arguments) -> Json:
    """Says back what it was told; `error` makes it fail."""
    error = args.text("error")
    if error is not None:
        raise ApiError(error, extra={"args": dict(args.values)})
    return {"args": dict(args.values)}


@method("auth.test", Tier.SPECIAL)
async def auth_test(state: State, args: Arguments) -> Json:
    """Whose token it is."""
    team, app, whole = state.blueprint.team, state.blueprint.app, state.blueprint.organisation
    return {
        "url": f"{state.base_url}/",
        "team": team.name,
        "user": app.name,
        "team_id": state.blueprint.installed_in,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        **({"enterprise_id": whole.id} if whole else {}),
        "is_enterprise_install": state.blueprint.org_wide,
    }


@method("auth.teams.list", Tier.TWO)
async def auth_teams_list(state: State, args: Arguments) -> Json:
    """The workspaces that the app may work in."""
    team, whole = state.blueprint.team, state.blueprint.organisation
    others = whole.teams if whole and whole.org_wide else []
    teams = [{"id": team.id, "name": team.name}, *({"id": one, "name": one} for one in others)]
    return {"teams": teams, "response_metadata": {"next_cursor": ""}}


@method("apps.connections.open", Tier.ONE, needs="app")
async def connections_open(state: State, args: Arguments) -> Json:
    """An address for one socket."""
    if state.http is not None:
        raise ApiError("socket_mode_not_enabled")
    return {"url": f"ws{state.base_url.removeprefix('http')}{state.sockets.ticket()}"}


@method("bots.info", Tier.THREE, "users:read")
async def bots_info(state: State, args: Arguments) -> Json:
    """The bot."""
    app = state.blueprint.app
    if args.text("bot") not in (None, app.bot_id):
        raise ApiError("bot_not_found")
    return {
        "bot": {
            "id": app.bot_id,
            "app_id": app.id,
            "user_id": app.bot_user,
            "name": app.name,
            "deleted": False,
            "updated": CREATED,
        }
    }


@method("blocks.validate", Tier.FOUR, needs="none")
async def blocks_validate(state: State, args: Arguments) -> Json:
    """What would be refused in exactly one of `blocks`, `message` and `view`.

    Blocks alone are checked as those of a message.
    """
    names = [name for name in ("blocks", "message", "view") if args.values.get(name)]
    if len(names) != 1:
        raise ApiError(
            "invalid_arguments",
            messages=["must provide exactly one of `blocks`, `view`, or `message`"],
        )
    [name] = names
    value = decoded(args.values, name, f"invalid_{name}")
    if name == "view":
        problems = view_problems(value, "")
    elif name == "blocks":
        problems = message_problems(value, "")
    else:
        blocks = value.get("blocks") if isinstance(value, dict) else None
        problems = message_problems([] if blocks is None else blocks, "/blocks")
    if problems:
        raise ApiError(f"invalid_{name}", errors=[problem.as_json() for problem in problems])
    return {}
