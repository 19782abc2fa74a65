"""Removing everybody whose name fits a glob: whom it would be, and how it ended.

One action with one outcome, which tells every single ending.
"""

from collections.abc import Callable, Sequence
from typing import Self

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.ban import Ban
from ovbot.domain.markup import Markup, code, join, md, mention, visible
from ovbot.domain.reply import Button, Buttons, Part, Style
from ovbot.domain.words import counted
from ovbot.engine.command import Result, Target
from ovbot.engine.context import Context
from ovbot.engine.refusals import Ambiguous
from ovbot.errors import UserError
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.identity import Identity
from ovbot.openvidu.participants import display_name
from ovbot.openvidu.protected import Protected
from ovbot.subjects import banning, bulk, effects
from ovbot.subjects.after_look import so_now
from ovbot.subjects.bulk import MOST, Ending, Fate, Person, listed, listed_names
from ovbot.subjects.people import unseen

_OUTCOMES = {
    Fate.REMOVED: Outcome.DONE,  # one is enough: that much is done and cannot be undone
    Fate.UNKNOWN: Outcome.UNKNOWN,
    Fate.FAILED: Outcome.FAILED,
    Fate.GONE: Outcome.ALREADY,
}


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is about, as found live.

    ``there``: how many people the session has. ``again``: the command that opens the form anew.
    ``unnamed``: how many fit whom the form has not named. ``banning``: they are to be banned too,
    those of them that can be.
    """

    session: str
    match: str
    people: tuple[Person, ...]
    there: int
    reason: str | None
    again: str
    unnamed: int = 0
    banning: bool = False
    spared: tuple[str, ...] = ()
    """Who fits too, and is left alone: they are protected."""

    @property
    def target(self) -> Target:
        """All ids as one target."""
        names = ", ".join(person.name for person in self.people[:3])
        more = len(self.people) - 3
        label = f"{names} and {more} more" if more > 0 else names
        return Target(self.session, " ".join(self.ids), label)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(person.connection for person in self.people)

    def restrict_to(self, confirmed_ids: tuple[str, ...] | None) -> Self:
        """Without whom the form has not named. Raises Ambiguous where nobody is left."""
        named = tuple(
            person for person in self.people if person.connection in (confirmed_ids or ())
        )
        unnamed = len(self.people) - len(named)
        if named:
            return msgspec.structs.replace(self, people=named, unnamed=unnamed)
        fit = counted(unnamed, "person fits", "people fit").capitalize()
        question = Ambiguous(
            f"{fit} “{self.match}” in session {self.session}, and the form had named none of them. "
            "Nobody was removed.",
            (_look(self, unnamed),),
        )
        question.next_step = "Look at whom it is about."
        question.code = "kick.not_named"
        raise question


def find(
    session: Session,
    match: str,
    reason: str | None,
    again: str,
    ban: Callable[[Connection], Ban | None] | None,
    identity: Identity,
    protected: Protected,
) -> Crowd:
    """Everybody who fits and is not protected; raises UserError where that is nobody, or too many.

    ``ban`` makes a ban of one of them, where they are to be banned too.
    """
    every, match = bulk.fitting(session, match), visible(match)
    fitting = tuple(each for each in every if not protected.protects(each))
    spared = tuple(display_name(each) for each in every if protected.protects(each))
    if every and not fitting:
        raise UserError(
            md("{} fit, and are protected: nobody was removed.", listed_names(spared)),
            "Kick them one by one: somebody else has to approve it.",
            code="kick.protected",
        )
    if not fitting:
        raise UserError(
            f"Nobody in session {session.session_id} has a name that fits “{match}”"
            f"{unseen(session)}.",
            "/openvidu show lists who is there.",
            code="kick.nobody_fits",
            helps=("show",),
        )
    if len(fitting) > MOST:
        raise UserError(
            f"{len(fitting)} people in session {session.session_id} fit “{match}”, and at most "
            f"{MOST} can be removed at once; nobody was.",
            "Write more of their name, or end the session for all with /openvidu close.",
            code="kick.too_many",
            helps=("close",),
        )
    return Crowd(
        session=session.session_id,
        match=match,
        people=tuple(banning.whom(each, session, ban, identity) for each in fitting),
        there=sum(not connection.is_ip_camera for connection in session.connections),
        reason=reason,
        again=again,
        banning=ban is not None,
        spared=spared,
    )


def _look(crowd: Crowd, number: int) -> Button:
    return Button(f"Kick {counted(number, 'person', 'people')}", crowd.again, Style.DANGER)


def consequences(crowd: Crowd) -> Markup:
    number = len(crowd.people)
    who = f"{number} of the {crowd.there} people"
    if number == crowd.there:
        who = "The only person" if number == 1 else f"All {number} people"
    back = md("They can come back if your application lets them in.")
    if crowd.banning:
        back = _banned(crowd.people)
    if crowd.spared:
        back = md("{} {}", _spared(crowd), back)
    return md(
        "{} in session {} {} removed at once: {}. {} People who join after this aren't affected.",
        who,
        code(crowd.session),
        "is" if number == 1 else "are",
        listed(crowd.people),
        back,
    )


def _spared(crowd: Crowd) -> Markup:
    return md("Protected, and left alone: {}.", listed_names(crowd.spared))


def _banned(people: Sequence[Person]) -> Markup:
    """What comes of their bans, and whom there is none against."""
    bans = _bans(people)
    without = [person for person in people if person.ban is None]
    sentences = [banning.promise(bans)] if bans else []
    if also := {name for person in people for name in person.also}:
        also -= {person.name for person in people}
        sentences += [banning.also(sorted(also))] if also else []
    if without:
        text = "Nothing would tell that it is them again, so there is no ban against {}."
        sentences.append(md(text, listed(without)))
    return join(" ", sentences)


def _bans(people: Sequence[Person]) -> tuple[Ban, ...]:
    """One ban for each of them: two connections can be one person."""
    return tuple({(p.ban.by, p.ban.who): p.ban for p in people if p.ban is not None}.values())


async def act(crowd: Crowd, context: Context) -> Result:
    endings = await bulk.remove(crowd.session, crowd.people, context)
    fates = {ending.fate for ending in endings}
    outcome = _OUTCOMES[next(fate for fate in Fate if fate in fates)]
    # Who has left by themselves may come back: a ban is of use all the same.
    out = (
        [e.person for e in endings if e.fate in {Fate.REMOVED, Fate.GONE}] if crowd.banning else []
    )
    bans = _bans(out)
    return Result(
        outcome=Outcome.DONE if bans else outcome,
        said=_told(endings, crowd, out, context.actor.user),
        answer=", ".join(dict.fromkeys(ending.answer for ending in endings)),
        parts=_next(endings, crowd, bans),
        effects=tuple(effects.Banned(ban) for ban in bans),
    )


def _told(endings: Sequence[Ending], crowd: Crowd, out: Sequence[Person], actor: str) -> Markup:
    sentences: list[Markup] = []
    for fate, template in _SENTENCES.items():
        those = [ending for ending in endings if ending.fate is fate]
        if not those:
            continue
        people = [ending.person for ending in those]
        number = counted(len(those), "person", "people")
        sentences.append(
            md(template, mention(actor), number, code(crowd.session), listed(people), those[0].why)
        )
    if crowd.unnamed:
        fit = counted(crowd.unnamed, "person fits", "people fit").capitalize()
        sentences.append(md("{} whom the form had not named: they were left alone.", fit))
    if crowd.spared:
        sentences.append(_spared(crowd))
    if bans := _bans(out):
        number = counted(len(bans), "person", "people")
        sentences.append(md("{} banned {} {}.", mention(actor), number, banning.span(bans[0])))
    if out:
        sentences.append(_banned(out))
    if bans or any(ending.fate is Fate.REMOVED for ending in endings):
        sentences.append(md("Reason: {}", crowd.reason or "none given."))
    return join(" ", sentences)


_SENTENCES = {
    Fate.REMOVED: "{0} removed {1} from session {2}: {3}.",
    Fate.GONE: "Gone from session {2} already: {3}.",
    Fate.FAILED: "Not removed: {3}. {4}",
    Fate.UNKNOWN: "Not known whether removed: {3}. {4}",
    Fate.UNTRIED: "Not tried after that: {3}.",
}


def _next(endings: Sequence[Ending], crowd: Crowd, bans: Sequence[Ban]) -> tuple[Part, ...]:
    """A button to the form for whoever may still be there, and one that lifts the bans."""
    left = sum(ending.fate not in {Fate.REMOVED, Fate.GONE} for ending in endings)
    buttons = [_look(crowd, left + crowd.unnamed)] if left + crowd.unnamed else []
    if bans:
        label = "" if len(bans) == 1 else f"Lift these {len(bans)} bans"
        buttons.append(banning.lift_button(bans, label))
    return (Buttons(tuple(buttons)),) if buttons else ()


async def look(attempt: AuditEntry, context: Context) -> Result:
    """All of the attempt's people were there; some may be no more."""
    ids = attempt.target.split()
    session, there = code(attempt.session), await bulk.present(attempt.session, context)
    left = [each for each in ids if each in there]
    gone = len(ids) - len(left)
    of_all = counted(len(ids), "person", "people")
    if not gone:
        said = md(
            "Of {} ({}) everybody is still in session {}: nobody was removed. Try again.",
            of_all,
            attempt.detail,
            session,
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still there")
    stayed = counted(len(left), "of them stayed.", "of them stayed.").capitalize()
    stay = md(" {}", stayed) if left else Markup("")
    state = md(
        "Of {} ({}) {} not in session {} any more.{}",
        of_all,
        attempt.detail,
        counted(gone, "is", "are"),
        session,
        stay,
    )
    if "ban" in attempt.arguments:
        state = state + Markup(" They were to be banned too, and were not.")
    answer = f"looked: {gone} gone"
    return Result(outcome=Outcome.DONE, said=so_now(attempt, state), answer=answer)
