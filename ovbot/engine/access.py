"""What one person may do in one place: computed from what they were given, at the moment of asking.

Denied by default. Of several grants any one is enough, and one that takes access away beats them
all. Only who is named in OVBOT_ADMINS is beyond that: there is always somebody who can mend it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ovbot.domain.actor import Actor, Role
from ovbot.domain.binding import Binding
from ovbot.domain.disabled import NOTHING, SwitchedOff
from ovbot.domain.grant import STEPS, Gives, Grant, Scope, fitter, glob_covers, may_overlap


def _never() -> int:
    return 0


@dataclass(frozen=True)
class Access:
    """What one person may do in one channel, or in App Home.

    Members of a bound channel are viewers of its sessions: in the channel, where being able to
    speak is the membership, and in App Home, where Slack tells of it. Who is ``foreign`` is given
    no bindings: nobody is a member from another workspace.
    """

    actor: Actor
    admins: tuple[str, ...]
    bindings: tuple[Binding, ...]
    """The bindings of the channel that the command was given in."""
    joined: tuple[Binding, ...] = ()
    """In App Home, which is no channel: those of the channels that the person is in."""
    at_home: bool = False
    foreign: str = ""
    """The other workspace that the person is of, as in a shared channel: that gives no role."""
    outsider: str = ""
    """Why the person is no full member of the workspace ("guest"): that gives no role either."""
    stale: frozenset[str] = frozenset()
    """The groups and channels of which it is not known now whether the person belongs to them."""
    unknown: int = 0
    """In App Home: of how many bound channels it is not known whether the person is in them."""
    channel: str = ""
    held: tuple[Grant, ...] = ()
    """The grants whose subject the person is, or belongs to; whether they hold is asked anew."""
    granters: tuple[Grant, ...] = ()
    """Who else is an admin of something, and so can give more."""
    off: SwitchedOff = NOTHING
    """What nobody may use now."""
    now: Callable[[], int] = _never
    """The time, ms UTC: what is given until then is over then."""

    @property
    def is_named(self) -> bool:
        """Whether the person stands in OVBOT_ADMINS."""
        return self.actor.user in self.admins

    @property
    def is_admin(self) -> bool:
        """Whether they may do everything."""
        return self.here >= Role.ADMIN

    @property
    def here(self) -> Role:
        """The role for what concerns no single session, such as the server."""
        if self.is_named:
            return Role.ADMIN
        if self._is_shut_out:
            return Role.NONE
        given = (grant.gives.role for grant in self.grants() if grant.scope.is_everything)
        return max((self._member, *given))

    @property
    def most(self) -> Role:
        """The role that they have in some session, where it is not known yet which one is meant."""
        if self.is_named or self._is_shut_out:
            return self.here
        return max((self._member, *(grant.gives.role for grant in self.grants())))

    def on(self, session: str) -> Role:
        """The role for one session. One pass: it is asked of each session of a list."""
        if self.is_named:
            return Role.ADMIN
        now, here = self.now(), self.channel
        bound = any(binding.matches(session) for binding in self.bindings)
        joined = any(binding.matches(session) for binding in self.joined)
        best = Role.VIEWER if bound or joined else Role.NONE
        for grant in self.held:
            scope, until = grant.scope, grant.until
            if until is not None and until <= now:
                continue
            if scope.sessions and not fitter(scope.sessions)(session):
                continue
            if scope.channel and scope.channel != here:
                continue
            if grant.gives is Gives.NO_ACCESS:
                return Role.NONE
            if not scope.channel or bound:
                best = max(best, STEPS[grant.gives])
        return best

    def over(self, scope: Scope) -> Role:
        """The role that they have over all of it: on each session that there could ever be."""
        if self.is_named:
            return Role.ADMIN
        if any(_may_touch(grant.scope, scope) for grant in self._denials()):
            return Role.NONE
        given = (grant.gives.role for grant in self.grants() if self.spans(grant.scope, scope))
        return max(given, default=Role.NONE)

    def ends(self, scope: Scope) -> int | None:
        """When the last of what makes them an admin over all of it ends (ms); None: never."""
        if self.is_named:
            return None
        spanning = [
            grant.until
            for grant in self.grants()
            if grant.gives is Gives.ADMIN and self.spans(grant.scope, scope)
        ]
        known = [until for until in spanning if until is not None]
        return None if len(known) < len(spanning) else max(known, default=0)

    def sees(self, session: str) -> bool:
        """Whether the session may be shown at all."""
        return self.on(session) >= Role.VIEWER

    @property
    def is_auditor(self) -> bool:
        """Whether they may read who did what, and who may what."""
        if self.is_named or self._is_shut_out:
            return self.is_named
        return any(g.gives is Gives.AUDITOR and g.scope.is_everything for g in self.grants())

    def grants(self) -> Iterator[Grant]:
        """What gives something, and counts here and now."""
        return (grant for grant in self._holding() if grant.gives is not Gives.NO_ACCESS)

    def denials(self) -> tuple[Grant, ...]:
        """What takes something away here and now."""
        return tuple(self._denials())

    def counts(self, grant: Grant, session: str | None) -> bool:
        """Whether a grant has a say for the session; None: for what concerns none, or any."""
        return session is None or self._reaches(grant, session)

    def _denials(self) -> Iterator[Grant]:
        return (grant for grant in self._holding() if grant.gives is Gives.NO_ACCESS)

    def _holding(self) -> Iterator[Grant]:
        now = self.now()
        for grant in self.held:
            if grant.holds(now) and grant.scope.channel in {"", self.channel}:
                yield grant

    def shuts_out(self, session: str) -> bool:
        """Whether access to the session, or with "" to everything, was taken away."""
        if self.is_named:
            return False
        return self._is_shut_out or any(self._reaches(one, session) for one in self._denials())

    @property
    def _member(self) -> Role:
        return Role.VIEWER if self.bindings or self.joined else Role.NONE

    @property
    def _is_shut_out(self) -> bool:
        return any(not grant.scope.sessions for grant in self._denials())

    def _reaches(self, grant: Grant, session: str) -> bool:
        scope = grant.scope
        if scope.sessions and not fitter(scope.sessions)(session):
            return False
        if not scope.channel or grant.gives is Gives.NO_ACCESS:
            return True
        return any(binding.matches(session) for binding in self.bindings)

    def spans(self, has: Scope, wanted: Scope) -> bool:
        """Whether what is given for ``has`` is given for all of ``wanted``."""
        if has.sessions and not (wanted.sessions and glob_covers(has.sessions, wanted.sessions)):
            return False
        if not has.channel or has.channel == wanted.channel:
            return True
        bound = [binding.pattern for binding in self.bindings]
        within = any(glob_covers(pattern, wanted.sessions) for pattern in bound)
        return bool(wanted.sessions) and not wanted.channel and within


def _may_touch(denied: Scope, wanted: Scope) -> bool:
    if not denied.sessions or not wanted.sessions:
        return True
    return may_overlap(denied.sessions, wanted.sessions)
