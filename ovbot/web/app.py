"""The routes, and nothing else: every other address is 404."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ovbot.logs import Sparingly
from ovbot.openvidu.errors import presentable
from ovbot.openvidu.webhooks import PATH as WEBHOOK_PATH
from ovbot.web.health import Health
from ovbot.web.webhook import Webhook

SLACK_PATH = "/slack/events"


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


class _Nowhere:
    """Says that there is nothing at an address: OpenVidu tells nobody of the 404 that it gets."""

    def __init__(self, webhook: Webhook | None) -> None:
        self._webhook = webhook
        self._tell = Sparingly()

    async def __call__(self, request: Request, _error: Exception) -> Response:
        """Answer with 404."""
        path = presentable(request.url.path, 80)
        if self._webhook is not None and request.method == "POST":
            self._webhook.misaddressed(path)
        method = presentable(request.method, 10)
        self._tell("web.nothing_there", path=path, method=method, webhooks=WEBHOOK_PATH)
        return PlainTextResponse(f"OpenVidu's webhooks go to {WEBHOOK_PATH}.\n", 404)


def build_app(
    *, health: Health, webhook: Webhook | None = None, slack: ASGIApp | None = None
) -> App:
    """The ASGI application; ``slack`` answers Slack's requests in HTTP mode.

    A process that takes no payloads has neither of the two.
    """
    rest = Starlette(
        exception_handlers={404: _Nowhere(webhook)},
        routes=[
            Route("/healthz", health.alive, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
        ],
    )
    rest.router.redirect_slashes = False  # OpenVidu does not follow redirects
    asked: dict[str, ASGIApp | None] = {WEBHOOK_PATH: webhook, SLACK_PATH: slack}
    return App({path: endpoint for path, endpoint in asked.items() if endpoint}, rest)
