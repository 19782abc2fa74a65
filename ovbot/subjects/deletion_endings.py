"""Recordings that are to be deleted: what was found of them, what became of each, and the words."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from ovbot.domain.grant import Scope
from ovbot.domain.markup import Markup, code, join, md, mention
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine.calls import call
from ovbot.engine.command import Target
from ovbot.openvidu import OpenViduError, Recording
from ovbot.store.later import Plan
from ovbot.subjects import recording_deletion
from ovbot.subjects.condition import Of
from ovbot.subjects.recording_deletion import DESCRIBED, RecordingDeleteArgs, codes, listed, noun
from ovbot.subjects.unread import because


class Doomed(msgspec.Struct, frozen=True):
    """The recordings as they were found live, with how it stands with each, the ids that were not,
    what could not be read, and those of ``recordings`` that are to be deleted already."""

    recordings: tuple[Recording, ...]
    conditions: dict[str, Of]
    """By key."""
    missing: tuple[str, ...]
    unread: dict[str, OpenViduError]
    """By id: not touched, since nothing tells whose they are."""
    planned: dict[str, Plan]
    """By key."""
    args: RecordingDeleteArgs
    spared: tuple[Markup, ...] = ()
    """What became of those whose announced deletion waits no more, which are left alone."""

    @property
    def reason(self) -> str | None:
        return self.args.reason

    @property
    def left(self) -> tuple[str, ...]:
        """The keys of what was planned and could not be read."""
        return tuple(key for key in self.args.only if recording_deletion.id_of(key) in self.unread)

    def runs(self, recording: Recording) -> bool:
        """Whether it has to be stopped first."""
        return self.conditions[recording_deletion.key(recording)] in {Of.STARTING, Of.RUNNING}

    @property
    def target(self) -> Target:
        """All ids as one target; the session only if it is one for all."""
        sessions = {recording.session_id for recording in self.recordings}
        over = () if len(sessions) == 1 else tuple(map(Scope, sorted(sessions)))
        session = sessions.pop() if len(sessions) == 1 else ""
        ids = " ".join(recording.id for recording in self.recordings)
        names = ", ".join(recording.name for recording in self.recordings[:DESCRIBED])
        more = len(self.recordings) - DESCRIBED
        label = f"{names} and {more} more" if more > 0 else names
        return Target(session, ids, label, over=over)


class Fate(StrEnum):
    """What became of one recording; the first that any of them met decides the outcome."""

    DELETED = "deleted"
    UNKNOWN = "not known"
    FAILED = "not deleted"
    HELD = "held by OpenVidu"
    RUNNING = "still being recorded"
    GONE = "gone"


TROUBLE = (Fate.UNKNOWN, Fate.FAILED)


class Ending(msgspec.Struct, frozen=True):
    """One recording's fate: ``answer`` for the audit, ``why`` for people."""

    recording: Recording
    fate: Fate
    answer: str
    why: Markup = Markup("")


def unread_ones(doomed: Doomed) -> list[Markup]:
    """Each id that could not be read, and why."""
    text = "{} could not be read, and is left alone: {}."
    return [md(text, code(id_), because(error)) for id_, error in doomed.unread.items()]


def held(recording: Recording, doomed: Doomed) -> Markup:
    """It does not run, and OpenVidu still does not let go of it."""
    if doomed.conditions[recording_deletion.key(recording)] is Of.FINISHING:
        text = "Recording {} is still being finished, so it was not deleted. Try again in a moment."
        return md(text, code(recording.id))
    return md(
        "Recording {} was not deleted: OpenVidu has never finished it, and holds on to it until "
        "OpenVidu is restarted. It can be deleted then.",
        code(recording.id),
    )


def told(endings: list[Ending], doomed: Doomed, actor: str) -> Markup:
    """What became of all of them."""

    def of(fate: Fate) -> tuple[Recording, ...]:
        return tuple(ending.recording for ending in endings if ending.fate is fate)

    sentences: list[Markup] = []
    if deleted := of(Fate.DELETED):
        sentences.append(_deleted(actor, listed(deleted), len(deleted)))
    if running := of(Fate.RUNNING):
        sentences.append(stop_first(running))
    gone = (*(recording.id for recording in of(Fate.GONE)), *doomed.missing)
    if gone:
        what, verb = ("Recording", "is") if len(gone) == 1 else ("Recordings", "are")
        sentences.append(md("{} {} {} not there (any more).", what, codes(gone), verb))
    sentences += [ending.why for ending in endings if ending.why]
    sentences += [*unread_ones(doomed), *doomed.spared]
    if deleted:
        sentences.append(md("Reason: {}", doomed.reason or "none given."))
    elif gone:
        sentences.append(Markup("/openvidu recording list shows those that there are."))
    return join(" ", sentences)


def _deleted(actor: str, listed: Markup, number: int) -> Markup:
    return md("{} deleted {} {}.", mention(actor), noun(number), listed)


def stops(recordings: Sequence[Recording]) -> tuple[Button, ...]:
    """A button for each recording that must be stopped first."""
    buttons = []
    for recording in recordings:
        confirm = Confirm(
            title="Stop the recording?",
            text=f"Recording {recording.id} of session {recording.session_id} ends here.",
            yes="Stop recording",
        )
        label = f"Stop recording {recording.id}"
        stop = call("record stop", session=recording.id)
        buttons.append(Button(label, stop, Style.DANGER, confirm))
    return tuple(buttons)


def stop_first(running: Sequence[Recording]) -> Markup:
    """Why those that run were left alone."""
    verb = "is" if len(running) == 1 else "are"
    ids = codes([recording.id for recording in running])
    return md("{} {} still being recorded: stop it first.", ids, verb)
