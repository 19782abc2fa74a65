"""Events, with the platform's retries.

From the platform's documentation, "Events API": three retries, at once, after a minute, after
five; ``x-slack-no-retry: 1`` stops them.
"""

import asyncio
from dataclasses import dataclass, field, replace

from ovbot.sandbox.slack.blueprint import Blueprint
from ovbot.sandbox.slack.delivery.envelope import Delivery, Envelope, Receipt
from ovbot.sandbox.slack.ids import opaque
from ovbot.sandbox.slack.shapes import Clock, Json


@dataclass
class Events:
    """Sends what happened, if the app subscribed to it."""

    blueprint: Blueprint
    clock: Clock
    delivery: Delivery
    pauses: tuple[float, ...]
    retrying: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, event: Json) -> Receipt | None:
        """Deliver once and see to the retries; None when the app did not subscribe to it."""
        if event["type"] not in self.blueprint.events:
            return None
        envelope = Envelope("events_api", self._wrapped(event))
        receipt = await self.delivery.deliver(envelope)
        if not receipt.acknowledged and not receipt.no_retry:
            task = asyncio.create_task(self._retry(envelope, receipt))
            self.retrying.add(task)
            task.add_done_callback(self.retrying.discard)
        return receipt

    async def stop(self) -> None:
        """Give up all retries."""
        retrying = list(self.retrying)
        for task in retrying:
            task.cancel()
        await asyncio.gather(*retrying, return_exceptions=True)

    async def _retry(self, envelope: Envelope, receipt: Receipt) -> None:
        for attempt, pause in enumerate(self.pauses, start=1):
            await asyncio.sleep(pause)
            again = replace(envelope, attempt=attempt, reason=receipt.reason)
            receipt = await self.delivery.deliver(again)
            if receipt.acknowledged or receipt.no_retry:
                return

    def _wrapped(self, event: Json) -> Json:
        plan, app = self.blueprint, self.blueprint.app
        user, whole = str(event.get("user", "")), plan.organisation
        # App Home opens for people of other workspaces too (slackapi/bolt-js 1948).
        is_home = event["type"] == "app_home_opened"
        return {
            "token": "sandbox",
            "team_id": plan.team_of(user) if is_home else plan.team.id,
            "context_team_id": None if plan.org_wide else plan.team.id,
            "context_enterprise_id": whole.id if whole else None,
            "api_app_id": app.id,
            "event": {"event_ts": f"{self.clock():.6f}", **event},
            "type": "event_callback",
            "event_id": opaque("Ev"),
            "event_time": int(self.clock()),
            "is_ext_shared_channel": False,
            "authorizations": [
                {
                    "enterprise_id": whole.id if whole else None,
                    "team_id": None if plan.org_wide else plan.team.id,
                    "user_id": app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": plan.org_wide,
                }
            ],
        }
