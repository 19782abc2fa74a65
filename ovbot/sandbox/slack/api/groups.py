"""usergroups.*: groups of people with a handle of their own."""

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.api.methods import method
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State


@method("usergroups.list", Tier.TWO, "usergroups:read")
async def list_(state: State, args: Arguments) -> Json:
    """The groups, without those that are switched off unless these are asked for."""
    team = _team(state, args)
    found = []
    for group in state.world.groups.values():
        if group.disabled and not args.flag("include_disabled"):
            continue
        told = group.as_json(team)
        if args.flag("include_users"):
            told["users"] = list(group.users)
        if args.flag("include_count"):
            told["user_count"] = len(group.users)
        found.append(told)
    return {"usergroups": found}


@method("usergroups.users.list", Tier.TWO, "usergroups:read")
async def users_list(state: State, args: Arguments) -> Json:
    """Who is in one group."""
    _team(state, args)
    group = state.world.groups.get(args.required("usergroup"))
    if group is None or (group.disabled and not args.flag("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def _team(state: State, args: Arguments) -> str:
    """The workspace; a token of an organisation has to name one."""
    named = args.text("team_id")
    if not state.blueprint.org_wide:
        return state.blueprint.team.id
    if named is None:
        raise ApiError("missing_argument")
    organisation = state.blueprint.organisation
    if named not in {state.blueprint.team.id, *(organisation.teams if organisation else ())}:
        raise ApiError("invalid_team")
    return named
