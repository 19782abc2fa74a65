"""Custom layouts of recordings: pages that OpenVidu serves, and its recorder opens.

A recording with a layout that is not there is made all the same: of an error page. The recorder
opens the page at the server's public address, so what is not found there is not recorded either
(OpenVidu docs, "Custom recording layouts").
"""

from __future__ import annotations

from ovbot.openvidu import errors
from ovbot.openvidu.calls import Calls
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

    async def has_layout(self, path: str) -> bool:
        """Whether a layout is there; ``path`` is as ``customLayout`` takes it."""
        folder = path.strip("/")
        try:
            await self._call(LAYOUT, {"page": f"{folder}/index.html".removeprefix("/")})
        except errors.OpenViduError as error:
            # an empty 403 is how servers since 2.32 say that there is no such page
            silent = isinstance(error, errors.ServerFault) and error.status == 403
            if error.status == 404 or silent:
                return False
            raise
        return True
