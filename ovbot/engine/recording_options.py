"""How people write OpenVidu's recording settings; ``create`` and ``record start`` share it.

OpenVidu: REST API, POST /openvidu/api/sessions and POST /openvidu/api/recordings/start.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ovbot.engine.context import Context
from ovbot.errors import UserError
from ovbot.grammar.args import Kind, Opt
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.models import OutputMode, RecordingLayout


def _inside(layout: str | None) -> str | None:
    """OpenVidu joins the path to its folder of layouts unchecked, and records whatever is there."""
    path = (layout or "").partition(":")[2]
    if path and any(part in {"", ".", ".."} for part in path.removesuffix("/").split("/")):
        raise ValueError("The path leads from OpenVidu's folder of layouts: custom:team/wide.")
    return layout


Mode = Annotated[
    Literal["composed", "individual", "quick"] | None,
    Opt(Kind.WORD, "One file for all, one for each stream, or one that starts quickly"),
]
Layout = Annotated[
    str | None,
    Opt(Kind.WORD, "best_fit, or custom:PATH"),
    Field(pattern=r"^(best_fit|custom:[A-Za-z0-9_./-]*)$", max_length=300),
    AfterValidator(_inside),
]

_MODES: dict[str, OutputMode] = {
    "composed": "COMPOSED",
    "individual": "INDIVIDUAL",
    "quick": "COMPOSED_QUICK_START",
}


def output_mode(mode: str | None) -> OutputMode | None:
    """OpenVidu's word for a mode; None leaves it to the server."""
    return _MODES[mode] if mode else None


def layout_of(text: str | None) -> tuple[RecordingLayout | None, str | None]:
    """OpenVidu's layout and custom layout path; None leaves them to the server."""
    if text is None:
        return None, None
    if text == "best_fit":
        return "BEST_FIT", None
    return "CUSTOM", text.partition(":")[2] or None


async def check_layout(text: str | None, context: Context) -> None:
    """Raise UserError where OpenVidu is known not to have that layout."""
    layout, custom = layout_of(text)
    if layout != "CUSTOM":
        return
    try:
        if await context.openvidu.has_layout(custom or ""):
            return
    except OpenViduError:
        return  # whoever asks to record hears of a lost server then
    page = f"{(custom or '').strip('/')}/index.html".removeprefix("/")
    raise UserError(
        f"OpenVidu has no layout “{text}”: there is no page {page} in its folder of layouts, "
        "and the recording would show an error page.",
        "Leave the layout out, or have the page put there (OPENVIDU_RECORDING_CUSTOM_LAYOUT).",
        code="record.no_layout",
    )
