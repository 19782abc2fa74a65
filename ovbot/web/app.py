"""The routes, and nothing else: every other address is 404."""

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from ovbot.web.health import Health
from ovbot.web.webhook import Webhook

SLACK_PATH = "/slack/events"
WEBHOOK_PATH = "/webhooks/openvidu"


def build_app(
    *, health: Health, webhook: Webhook | None = None, slack: ASGIApp | None = None
) -> Starlette:
    """The ASGI application; ``slack`` answers Slack's requests in HTTP mode.

    A process that takes no payloads has neither of the two.
    """
    routes: list[BaseRoute] = [
        Route("/healthz", health.alive, methods=["GET"]),
        Route("/readyz", health.ready, methods=["GET"]),
    ]
    if webhook is not None:
        routes.append(Route(WEBHOOK_PATH, webhook))
    if slack is not None:
        routes.append(Route(SLACK_PATH, slack))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False  # OpenVidu does not follow redirects
    return app
