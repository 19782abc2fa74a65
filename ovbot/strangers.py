"""Who sent a request, as far as the connection that it came over knows.

The listener treats everybody as a stranger (``web.guard``) until an endpoint has verified a
request; the endpoint tells it so by the request's scope, as ASGI's extensions go.
"""

from collections.abc import MutableMapping
from typing import Any

EXTENSION = "ovbot.verified"


def verified(scope: MutableMapping[str, Any]) -> None:
    """Whoever sent this request has proven who they are."""
    know = scope.get("extensions", {}).get(EXTENSION)
    if know is not None:
        know["call"]()
