"""Opening the Home tab.

From the platform's documentation, "app_home_opened event".
"""

from ovbot.sandbox.slack.delivery.envelope import Receipt
from ovbot.sandbox.slack.ids import direct_channel
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Person


async def open_home(state: State, person: Person) -> Receipt | None:
    """Tell the app; None when it did not subscribe to the event."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": direct_channel(person.id),
        "tab": "home",
    }
    home = state.views.homes.get(person.id)
    if home is not None:
        event["view"] = home.as_json(state.blueprint)
    return await state.events.send(event)
