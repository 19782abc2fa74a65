"""The scripted meeting of the demo: people who come, talk, misbehave and go.

It drives both stand-ins by their control surfaces, as anybody's script could.
"""

import asyncio
import itertools
from collections.abc import Mapping

import httpx

SESSION = "consultation"
CHANNEL = "C02MODERATION"
ADMIN = "U01ANA"

# One of them chose a name that would alarm a whole channel, if anybody let it.
_REGULARS: tuple[Mapping[str, str | None], ...] = (
    {"clientData": "Dr. Weber", "role": "MODERATOR", "publish": "camera"},
    {"clientData": '{"clientData": "Lina Okafor"}', "role": "PUBLISHER", "publish": "camera"},
    {"clientData": "Tom (screen)", "role": "PUBLISHER", "publish": "screen"},
    {"clientData": "<!channel> FREE MONEY", "role": "PUBLISHER", "publish": "camera"},
    {"clientData": "ليلى", "role": "SUBSCRIBER", "publish": None},
)
_VISITORS = ("Mara", "Jun", "Ana Sofía", "Piotr", "Noor")
_PLATFORM = "Chrome 126.0 on Windows 64-bit"


class Story:
    """A meeting in one session, and a second session that is quiet."""

    def __init__(self, openvidu: str, workspace: str, secret: str) -> None:
        self._openvidu = httpx.AsyncClient(base_url=openvidu, auth=("OPENVIDUAPP", secret))
        self._workspace = httpx.AsyncClient(base_url=workspace)

    async def close(self) -> None:
        """Close the connections to the stand-ins."""
        await self._openvidu.aclose()
        await self._workspace.aclose()

    async def begin(self) -> None:
        """The meeting is there, and the moderators' channel is bound to it."""
        await self._openvidu.post(
            "/openvidu/api/sessions", json={"customSessionId": "waiting-room"}
        )
        for person in _REGULARS:
            await self._join(person)
        await self._workspace.post(
            "/_control/command",
            json={
                "channel": CHANNEL,
                "user": ADMIN,
                "command": "/openvidu",
                "text": f"bind {SESSION}",
            },
        )

    async def go_on(self, *, pause: float = 20.0) -> None:
        """Visitors come and go, and the regulars come back to an empty meeting, until cancelled."""
        for name in itertools.cycle(_VISITORS):
            await asyncio.sleep(pause)
            visitor = await self._join({"clientData": name, "role": "PUBLISHER", "publish": None})
            await asyncio.sleep(pause)
            # Whoever has been kicked meanwhile is not there to leave: that is no trouble.
            path = f"/_control/sessions/{SESSION}/leave"
            await self._openvidu.post(path, json={"connectionId": visitor})
            if await self._is_over():
                for person in _REGULARS:
                    await self._join(person)

    async def _is_over(self) -> bool:
        answer = await self._openvidu.get(f"/openvidu/api/sessions/{SESSION}")
        return answer.status_code == 404

    async def _join(self, person: Mapping[str, str | None]) -> str:
        body = {"serverData": "", "platform": _PLATFORM, **person}
        answer = await self._openvidu.post(f"/_control/sessions/{SESSION}/join", json=body)
        answer.raise_for_status()
        return str(answer.json()["connectionId"])
