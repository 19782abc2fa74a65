"""How an action ended, for whoever acted: where they are, and while they wait."""

import asyncio

from ovbot.engine import sentences
from ovbot.engine.admission import Entered, Finished
from ovbot.engine.pipeline import Door
from ovbot.engine.seen import Seen, seen
from ovbot.slack.answers import Answers, Place
from ovbot.slack.gateway import Gateway

SIGN_OF_LIFE_SECONDS = 2.0
_SHOWN_SECONDS = 1.0
"""Until then an outcome was posted, or Slack has refused everything."""


class Outcomes:
    """Says what an action's notice does not say to whoever acted, or not in time."""

    def __init__(self, door: Door, gateway: Gateway, answers: Answers) -> None:
        self._door = door
        self._gateway = gateway
        self._answers = answers

    async def of(self, entered: Entered, place: Place) -> Finished:
        """Run the work; when it takes long, say that it goes on, so that nobody presses again."""
        if entered.work is None:
            raise ValueError("nothing to do")
        work = asyncio.ensure_future(entered.work())
        try:
            return await asyncio.wait_for(asyncio.shield(work), SIGN_OF_LIFE_SECONDS)
        except TimeoutError:
            if place.url:
                await self._answers.say(place, sentences.working(entered.name, entered.ref))
            return await work

    async def let_see(self, entered: Entered, finished: Finished, place: Place) -> None:
        """Whoever acted sees how it ended where they are, also where the notice of it belongs into
        the thread of a card, goes by direct message, or has to wait."""
        if finished.outcome is None or not place.channel:
            return
        found = await self._seen(entered, place)
        if found is Seen.COMING:
            if await self._gateway.standing.lost_within(_SHOWN_SECONDS):
                if place.url:
                    await self._answers.say(place, sentences.held_up(entered.name, entered.ref))
                return
            found = await self._seen(entered, place)
        if found is Seen.COMING and not finished.public:
            return  # it comes to them alone, in just this place: once is enough
        if found is not Seen.HERE:
            await self._answers.say(place, sentences.seen_here(finished.outcome))

    async def _seen(self, entered: Entered, place: Place) -> Seen:
        store, team = self._door.powers.store, self._door.workspace.team
        return await seen(store, entered.ref, team, place.user, place.channel, place.thread)
