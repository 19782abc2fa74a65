"""How OpenVidu's webhooks are: whether they are set right, arrive, and what is poorer without them.

Shared by ``status``, App Home, the report of a gap and the log of the start.
"""

from collections.abc import Sequence

import msgspec

from ovbot.domain.markup import Markup, code, md, when
from ovbot.domain.words import counted
from ovbot.engine.webhooks import Refusal, Webhooks
from ovbot.openvidu import OpenVidu, ServerConfig
from ovbot.openvidu.webhooks import missing_events, wrong_address, wrong_header
from ovbot.store import events
from ovbot.store.database import Tx

_POORER = {
    "sessionCreated": "new sessions are posted late (`bind`)",
    "sessionDestroyed": "the end of a session is posted late and without its reason, and its card "
    "ends late (`bind`, `card`)",
    "participantJoined": "nobody's joining is posted or shown at once (`bind`, `card`), and who is "
    "banned stays until ovbot next asks OpenVidu (`kick --ban`)",
    "participantLeft": "nobody's leaving is posted or shown at once (`bind`, `card`)",
    "webrtcConnectionCreated": "cards do not show at once who begins to publish (`card`)",
    "webrtcConnectionDestroyed": "cards do not show at once who stops publishing (`card`)",
    "recordingStatusChanged": "finished recordings are posted late (`bind`, `record`)",
    "mediaNodeStatusChanged": "changes of media nodes are not posted (`bind`)",
    "nodeCrashed": "crashes of nodes are not posted (`bind`)",
    "nodeRecovered": "nodes that came back are not posted (`bind`)",
}
_ALL_POORER = Markup(
    "What happens is found out only when ovbot next asks OpenVidu; joins and leaves are never "
    "posted (`bind`), cards follow late (`card`), and who is banned stays that long (`kick --ban`)."
)


def found_wrong(webhooks: Webhooks, config: ServerConfig, openvidu: OpenVidu) -> list[Markup]:
    """What keeps events from arriving, as far as the settings of both tell; a sentence each."""
    if webhooks.secret is None:
        return [md("ovbot takes none without OVBOT_WEBHOOK_SECRET. {}", _ALL_POORER)]
    if not config.webhook:
        return [md("OpenVidu sends none: OPENVIDU_WEBHOOK is not true. {}", _ALL_POORER)]
    found = []
    if address := wrong_address(config, webhooks.public_url):
        found.append(md("{}.", address))
    given = [one.reveal() for one in config.webhook_authorization]
    if header := wrong_header(given, webhooks.secret):
        found.append(md("They carry {} (OPENVIDU_WEBHOOK_HEADERS).", header))
    missing = missing_events(config, openvidu.server)
    return [*found, *(_poorer(kind) for kind in missing)]


def _poorer(kind: str) -> Markup:
    lost = Markup(_POORER[kind])
    return md("OPENVIDU_WEBHOOK_EVENTS leaves out {}, so {}.", code(kind), lost)


class Arrivals(msgspec.Struct, frozen=True):
    """How they are: ``last`` is when the last event arrived (ms), None: none ever has."""

    last: int | None
    wrong: tuple[Markup, ...]
    refused: int = 0
    refusal: Refusal | None = None

    @property
    def well(self) -> bool:
        """Whether events arrive, and all that are needed."""
        return self.last is not None and not self.wrong

    @property
    def lines(self) -> list[Markup]:
        """In sentences: first whether anything arrives, then what is wrong."""
        first = md("No webhook of OpenVidu has arrived yet.")
        if self.last is not None:
            first = md("OpenVidu's last webhook arrived {}.", when(self.last, seconds=True))
        lines = [first, *self.wrong]
        if self.refusal is not None and self.refusal.at > (self.last or 0):
            number = counted(self.refused, "delivery was", "deliveries were")
            text = "{} refused since ovbot was started, the last one {}: {}."
            said = (number.capitalize(), when(self.refusal.at, seconds=True), self.refusal.why)
            lines.append(md(text, *said))
        return lines


async def arrivals(
    tx: Tx, server: str, webhooks: Webhooks, config: ServerConfig | None, openvidu: OpenVidu
) -> Arrivals:
    """How they are now; ``config`` None where it cannot be read."""
    wrong: Sequence[Markup] = () if config is None else found_wrong(webhooks, config, openvidu)
    return Arrivals(
        last=await events.last_arrived(tx, server),
        wrong=tuple(wrong),
        refused=webhooks.refused.count,
        refusal=webhooks.refused.last,
    )
