"""Asking the app for the options of a menu.

From the platform's documentation, "block_suggestion payload".
"""

from typing import Any

from ovbot.sandbox.slack.blockkit import texts
from ovbot.sandbox.slack.blockkit.elements import offered_options
from ovbot.sandbox.slack.blockkit.place import Place
from ovbot.sandbox.slack.delivery.envelope import Envelope
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.interaction.elements import Found
from ovbot.sandbox.slack.interaction.payloads import common
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Person

_DEFAULT_QUERY_LENGTH = 3


async def suggest(state: State, person: Person, found: Found, where: Json, query: str) -> Json:
    """What the app offers for `query`; only that can be chosen afterwards.

    `where` is the message's or view's part of the payload. Raises ControlError.
    """
    if not found.type.endswith("external_select"):
        raise ControlError(f"{found.action_id!r} does not ask the app for its options")
    least = found.element.get("min_query_length", _DEFAULT_QUERY_LENGTH)
    if len(query) < least:
        raise ControlError(f"{found.action_id!r} asks from {least} characters on")
    payload = {
        **common(state, "block_suggestion", person),
        **where,
        "action_id": found.action_id,
        "block_id": found.block_id,
        "value": query,
    }
    if state.http is not None and not state.http.asks_for_options:
        return {"ok": False, "error": "the app has no Options Load URL, so it is not asked"}
    receipt = await state.delivery.deliver(Envelope("interactive", payload, True))
    answer = receipt.as_json()
    if not receipt.acknowledged:
        return answer
    problems = _problems(receipt.body)
    if problems:
        return answer | {"ok": False, "error": f"the app's options were refused: {problems[0]}"}
    offers: Json = receipt.body
    # What was offered to an earlier question may be chosen still, beside the new.
    key = (person.id, found.block_id, found.action_id)
    state.offered[key] = [*offered_options(offers), *state.offered.get(key, [])]
    return answer | {name: offers[name] for name in ("options", "option_groups") if name in offers}


def _problems(body: Any) -> list[str]:
    """What is wrong with an answer: up to a hundred options or groups, and nothing else."""
    root = Place(body, "", [])
    members = root.members((), ("options", "option_groups"))
    if isinstance(body, dict) and len(members) != 1:
        root.wrong("must define either `options` or `option_groups`")
    # Nothing found is an answer, unlike a menu without options in a view.
    if "options" in members and members["options"].value != []:
        texts.options(members["options"], 100)
    if "option_groups" in members and members["option_groups"].value != []:
        texts.option_groups(members["option_groups"])
    return [problem.sentence() for problem in root.problems]
