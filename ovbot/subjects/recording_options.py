"""How people write OpenVidu's recording settings; ``create`` and ``record start`` share it.

OpenVidu: REST API, POST /openvidu/api/sessions and POST /openvidu/api/recordings/start.
"""

from typing import Annotated, Final, Literal

import msgspec
from pydantic import AfterValidator, Field

from ovbot.engine.context import Context
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.models import OutputMode, RecordingLayout
from ovbot.openvidu.recording_settings import SMALLEST_SHM, RecordingSettings
from ovbot.subjects import media_nodes

MEGABYTE: Final = 1024 * 1024
_PICTURE: Final = ("layout", "size", "frame_rate")


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


class ComposedArgs(Args):
    """What OpenVidu makes one picture of all by: of recordings and of broadcasts."""

    session: Annotated[str | None, Arg(Kind.SESSION, "Session to record")] = None
    layout: Annotated[
        str | None,
        Opt(Kind.WORD, "best_fit, or custom:PATH"),
        Field(pattern=r"^(best_fit|custom:[A-Za-z0-9_./-]*)$", max_length=300),
        AfterValidator(_inside),
    ] = None
    size: Annotated[
        str | None,
        Opt(Kind.WORD, "Picture, such as 1280x720; each side 100 to 1999"),
        Field(
            pattern=r"^[1-9][0-9]{2}x[1-9][0-9]{2}$|^1[0-9]{3}x[1-9][0-9]{2}$"
            r"|^[1-9][0-9]{2}x1[0-9]{3}$|^1[0-9]{3}x1[0-9]{3}$"
        ),
    ] = None
    frame_rate: Annotated[
        int | None, Opt(Kind.COUNT, "Pictures a second, 1 to 120"), Field(ge=1, le=120)
    ] = None
    shm_size: Annotated[
        int | None,
        Opt(Kind.COUNT, "Shared memory of the recording browser in MB, 128 or more"),
        Field(ge=SMALLEST_SHM // MEGABYTE, le=65_536),
    ] = None
    video_only: Annotated[bool, Opt(Kind.FLAG, "Without sound")] = False

    def composed(self) -> RecordingSettings:
        """The same for OpenVidu."""
        layout, custom = layout_of(self.layout)
        return RecordingSettings(
            has_audio=False if self.video_only else None,
            resolution=self.size,
            frame_rate=self.frame_rate,
            shm_size=None if self.shm_size is None else self.shm_size * MEGABYTE,
            recording_layout=layout,
            custom_layout=custom,
        )


class PlacedArgs(Args):
    """Where a recording or broadcast is made; a session that is created has its own."""

    node: Annotated[
        str | None,
        Opt(Kind.NODE, "Media node to make it on, if not the session's own (OpenVidu Pro)"),
        Field(pattern=media_nodes.ID_PATTERN, max_length=200),
    ] = None


class RecordingArgs(ComposedArgs):
    """What ``create`` and ``record start`` take, behind the session."""

    mode: Mode = None
    audio_only: Annotated[bool, Opt(Kind.FLAG, "Without picture")] = False
    ignore_failed_streams: Annotated[
        bool, Opt(Kind.FLAG, "Go on without streams that can't be recorded (individual only)")
    ] = False

    def settings(self, name: str | None) -> RecordingSettings:
        """The same for OpenVidu, with the ``name`` of the file."""
        return msgspec.structs.replace(
            self.composed(),
            name=name,
            output_mode=_MODES[self.mode] if self.mode else None,
            has_video=False if self.audio_only else None,
            ignore_failed_streams=self.ignore_failed_streams or None,
        )


_MODES: dict[str, OutputMode] = {
    "composed": "COMPOSED",
    "individual": "INDIVIDUAL",
    "quick": "COMPOSED_QUICK_START",
}


def check_sense(args: RecordingArgs, usual: str | None, *, placed: bool = False) -> None:
    """Raise UserError for what OpenVidu would ignore without a word.

    ``usual``: OpenVidu's word for how the session is recorded unless something else is said; None
    where that is not known. ``placed``: ``--node`` is about the recording.
    """
    if args.audio_only and args.video_only:
        raise UserError(
            "A recording without sound and without picture would be empty.",
            "Leave out --audio-only or --video-only.",
            code="record.nothing",
        )
    mode = _MODES[args.mode] if args.mode else usual
    if args.ignore_failed_streams and mode not in {"INDIVIDUAL", None}:
        raise UserError(
            "--ignore-failed-streams works only with one file for each stream.",
            "Add --mode individual, or leave it out.",
            code="record.not_individual",
        )
    for_all = (*_PICTURE, "shm_size", *(("node",) if placed else ()))
    if mode == "INDIVIDUAL" and (option := _given(args, for_all)):
        raise UserError(
            f"{option} works only with one file for all: with --mode individual each stream is "
            "recorded as it is.",
            f"Leave out {option}, or use --mode composed.",
            code="record.not_composed",
        )
    if args.audio_only and (option := _given(args, _PICTURE)):
        raise UserError(
            f"{option} is about the picture, and --audio-only records none.",
            f"Leave out {option} or --audio-only.",
            code="record.no_picture",
        )


def _given(args: RecordingArgs, names: tuple[str, ...]) -> str:
    """The first of these options that is given, as it is typed."""
    given = (name for name in names if getattr(args, name) is not None)
    return next((f"--{name.replace('_', '-')}" for name in given), "")


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
