"""The routes, and nothing else: every other address is 404."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ovbot.web.health import Health
from ovbot.web.webhook import Webhook

SLACK_PATH = "/slack/events"
WEBHOOK_PATH = "/webhooks/openvidu"


class App:
    """The ASGI application. What Slack and OpenVidu wait for goes to its endpoint at once: on the
    way through Starlette's layers a webhook would spend more than in being read."""

    def __init__(self, endpoints: Mapping[str, ASGIApp], rest: ASGIApp) -> None:
        self._endpoints = endpoints
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        await (endpoint or self._rest)(scope, receive, send)


def build_app(
    *, health: Health, webhook: Webhook | None = None, slack: ASGIApp | None = None
) -> App:
    """The ASGI application; ``slack`` answers Slack's requests in HTTP mode.

    A process that takes no payloads has neither of the two.
    """
    rest = Starlette(
        routes=[
            Route("/healthz", health.alive, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
        ]
    )
    rest.router.redirect_slashes = False  # OpenVidu does not follow redirects
    asked: dict[str, ASGIApp | None] = {WEBHOOK_PATH: webhook, SLACK_PATH: slack}
    return App({path: endpoint for path, endpoint in asked.items() if endpoint}, rest)
