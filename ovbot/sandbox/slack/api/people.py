"""users.*: who there is."""

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.api.conversations import cut
from ovbot.sandbox.slack.api.methods import method
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import CREATED


@method("users.info", Tier.FOUR, "users:read")
async def info(state: State, args: Arguments) -> Json:
    """One person, or the bot."""
    person = state.world.people.get(args.required("user"))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": person.as_json(state.blueprint.app.id)}


@method("users.list", Tier.TWO, "users:read")
async def list_(state: State, args: Arguments) -> Json:
    """Everybody; in pages where a limit is given."""
    app, people = state.blueprint.app.id, list(state.world.people.values())
    page, cursor = (people, "") if not args.text("limit") else cut(people, args)
    return {
        "members": [person.as_json(app) for person in page],
        "cache_ts": CREATED,
        "response_metadata": {"next_cursor": cursor},
    }
