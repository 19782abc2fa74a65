"""Custom layouts of recordings: pages that OpenVidu serves, and its recorder opens.

A recording with a layout that is not there is made all the same: of an error page. The recorder
opens the page at the server's public address, so what is not found there is not recorded either
(OpenVidu docs, "Custom recording layouts").
"""

from __future__ import annotations

from ovbot.openvidu import errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.wire import Operation, Reply


def _anything(_reply: Reply) -> None:
    """A page of the operator's own making."""


LAYOUT = Operation(
    name="layout",
    verb="layout",
    doing="look for the layout page {page}",
    method="GET",
    path="{page}",
    root="layouts",
    read=_anything,
    budget=3.0,
)

OPERATIONS = (LAYOUT,)


class LayoutCalls(Calls):
    """Looking for layouts."""

    async def has_layout(self, path: str) -> bool | None:
        """Whether a layout is there; ``path`` is as ``customLayout`` takes it. None: not known."""
        folder = path.strip("/")
        try:
            await self._call(LAYOUT, {"page": f"{folder}/index.html".removeprefix("/")})
        except errors.ServerFault as fault:
            # an empty 403 is how servers since 2.32 say that there is no such page
            return False if fault.status == 403 else None
        except OpenViduError as error:
            return False if error.status == 404 else None
        return True
