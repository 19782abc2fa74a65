"""No sequence of grants, revocations, requests, decisions, expiries and changes of groups lets
anything through that is denied: everything is given as commands, and every door is tried.

What is due is worked out apart from ovbot's own code, from sets: what a scope covers is the
sessions of a small world, and nothing is known of globs, books or bindings' patterns.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ovbot.domain.actor import Actor
from ovbot.domain.audit import Outcome
from ovbot.engine.budget import Budget
from ovbot.engine.invocation import Invocation, Source
from ovbot.store import audit, grants
from tests.desk import ANA, BEN, GENERAL, TEAM, Desk, open_desk, words

CLEO = "U03CLEO"
PEOPLE = (BEN, CLEO)
GROUP = "S01TEACHERS"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
SESSIONS = ("exam-1", "exam-2", "demo")
WORLD = frozenset((*SESSIONS, "exam-other", "elsewhere"))
"""Also one of each kind that there could be: all exams are more than those that there are."""
COVERS = {
    "everything": WORLD,
    "exam-*": frozenset({"exam-1", "exam-2", "exam-other"}),
    "exam-1": frozenset({"exam-1"}),
    "demo": frozenset({"demo"}),
}
STEPS = {"viewer": 1, "moderator": 2, "operator": 3, "admin": 4}
TRIED = {2: "signal --session {} hello", 3: "close --session {} --warn 5m", 1: "show {}"}
MINUTE = 60_000
_clicks, _refs = count(), list[str]()


@dataclass
class Given:
    """One grant, as somebody who keeps a list on paper would write it down."""

    whom: str
    what: str
    over: str
    ends: int | None


@dataclass
class Paper:
    """The list, and who is in the group."""

    given: list[Given] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    known: bool = True
    now: int = 1_800_000_000_000

    def now_ms(self) -> int:
        return self.now

    def of(self, user: str) -> Iterator[Given]:
        for each in self.given:
            if each.ends is not None and each.ends <= self.now:
                continue
            in_it = each.whom == GROUP and self.known and user in self.members
            doubted = each.whom == GROUP and not self.known and each.what == "no-access"
            if each.whom == user or in_it or doubted:
                yield each

    def level(self, user: str, session: str) -> int:
        if user == ANA:
            return 4
        mine = [each for each in self.of(user) if session in COVERS[each.over]]
        if any(each.what == "no-access" for each in mine):
            return 0
        return max((STEPS.get(each.what, 0) for each in mine), default=0)

    def may_give(self, user: str, what: str, over: str, ends: int | None) -> bool:
        """An admin of all of it, by one grant that lasts as long."""
        if user == ANA:
            return True
        if any(e.what == "no-access" and COVERS[e.over] & COVERS[over] for e in self.of(user)):
            return False
        admin = [e for e in self.of(user) if e.what == "admin" and COVERS[e.over] >= COVERS[over]]
        if not admin or what == "no-access":
            return bool(admin)
        last = max(float("inf") if e.ends is None else e.ends for e in admin)
        return (float("inf") if ends is None else ends) <= last

    def give(self, new: Given) -> None:
        self.given = [e for e in self.given if (e.whom, e.what, e.over) != key(new)] + [new]


def key(one: Given) -> tuple[str, str, str]:
    return (one.whom, one.what, one.over)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    with TemporaryDirectory(dir=MEMORY) as folder:
        async with open_desk(Path(folder)) as made:
            ticks = count(0, 1000)
            made.door = replace(made.door, budget=Budget(lambda: float(next(ticks))))
            for session in SESSIONS:
                made.simulator.join(session, client_data="Tom")
            yield made


people = st.sampled_from(PEOPLE)
anybody = st.sampled_from((ANA, ANA, *PEOPLE))
whom = st.sampled_from((*PEOPLE, GROUP))
what = st.sampled_from((*STEPS, "no-access"))
over = st.sampled_from(tuple(COVERS))
steps = st.one_of(
    st.tuples(st.just("grant"), anybody, whom, what, over, st.sampled_from((None, 5, 30))),
    st.tuples(st.just("revoke"), anybody, whom, what, over),
    st.tuples(st.just("ask"), people, st.sampled_from(tuple(STEPS)), over, anybody),
    st.tuples(st.just("wait"), st.sampled_from((4, 20, 61))),
    st.tuples(st.just("join"), people, st.booleans()),
    st.tuples(st.just("know"), st.booleans()),
)
tries = st.tuples(
    st.just("try"),
    people,
    st.sampled_from(SESSIONS),
    st.sampled_from((1, 2, 3)),
    st.sampled_from((Source.TYPED, Source.BUTTON, Source.FORM, Source.HOME)),
)


@pytest.mark.asyncio(loop_scope="module")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=st.lists(st.one_of(steps, tries), min_size=2, max_size=16))
async def test_what_is_denied_is_never_let_through(
    desk: Desk, plan: list[tuple[object, ...]]
) -> None:
    paper = Paper()
    await begin(desk, paper)
    for number, step in enumerate(plan, start=1):
        await take(desk, paper, step, plan[:number])
    for user in PEOPLE:
        for session in SESSIONS:
            for level in TRIED:
                await attempt(desk, paper, user, session, level, Source.TYPED, plan)


async def begin(desk: Desk, paper: Paper) -> None:
    """Nothing is given, and nobody is in the group."""
    async with desk.store.begin() as tx:
        held = await grants.holding(tx, TEAM, "default", now=0)
        await grants.end(tx, TEAM, "default", [one.id for one in held], at=1, by=ANA)
    desk.belonging.of = {GROUP: paper.members}
    desk.belonging.stale = set()
    desk.given(clock=paper)


async def take(desk: Desk, paper: Paper, step: tuple[object, ...], so_far: object) -> None:
    match step:
        case ("grant", str(by), str(to), str(role), str(scope), lasts):
            ends = paper.now + lasts * MINUTE if isinstance(lasts, int) else None
            until = f" until {lasts}m" if lasts else ""
            ended = await do(desk, f"grant {mentioned(to)} {role} for {scope}{until}", by)
            new, before = Given(to, role, scope, ends), list(paper.given)
            due = paper.may_give(by, role, scope, ends)
            assert (ended in {Outcome.DONE, Outcome.ALREADY}) is due, (ended, so_far)
            if due:
                paper.give(new)
            else:
                assert paper.given == before
        case ("revoke", str(by), str(to), str(role), str(scope)):
            ended = await do(desk, f"revoke {mentioned(to)} {role} for {scope}", by)
            if ended is Outcome.DONE:
                assert paper.may_give(by, "no-access", scope, None), so_far
                paper.given = [e for e in paper.given if key(e) != (to, role, scope)]
        case ("ask", str(by), str(role), str(scope), str(decider)):
            await ask(desk, paper, by, role, scope, decider, so_far)
        case ("wait", int(minutes)):
            paper.now += minutes * MINUTE
        case ("join", str(user), bool(member)):
            (paper.members.add if member else paper.members.discard)(user)
        case ("know", bool(known)):
            paper.known = known
            desk.belonging.stale = set() if known else {GROUP}
        case ("try", str(user), str(session), int(level), Source() as source):
            await attempt(desk, paper, user, session, level, source, so_far)
        case _:
            raise AssertionError(step)


async def ask(
    desk: Desk, paper: Paper, by: str, role: str, scope: str, decider: str, so_far: object
) -> None:
    if await do(desk, f"ask {role} for {scope} until 1h to learn", by) is not Outcome.DONE:
        return
    ended = await do(desk, f"decide {_refs[-1]} give", decider, Source.BUTTON)
    ends = paper.now + 60 * MINUTE
    due = decider != by and paper.may_give(decider, role, scope, ends)
    assert (ended is Outcome.DONE) is due, (ended, so_far)
    if due:
        paper.give(Given(by, role, scope, ends))


async def attempt(
    desk: Desk, paper: Paper, user: str, session: str, level: int, source: Source, so_far: object
) -> None:
    text = TRIED[level].format(session)
    channel = user if source is Source.HOME else GENERAL
    due = paper.level(user, session) >= level
    if level == 1:
        said = words(await desk.type(text, user=user, channel=channel, source=source))
        let = "Not allowed" not in said
    else:
        source = Source.FORM if level == 3 else source
        let = await do(desk, text, user, source, channel) is not Outcome.DENIED
    assert let is due, (user, text, source, so_far)
    said = words(await desk.type(f"can <@{user}> {text.split()[0]} {session}", channel=GENERAL))
    assert said.startswith("*Yes.*") is due, (user, text, said, so_far)


async def do(
    desk: Desk, text: str, user: str, source: Source = Source.FORM, channel: str = GENERAL
) -> Outcome | None:
    """How it ended, as the audit has it; each time it is another click."""
    asked = Invocation(
        actor=Actor(TEAM, user),
        channel=channel,
        text=text,
        interaction=f"click-{next(_clicks)}",
        source=source,
    )
    entered = await desk.door.enter(asked)
    if entered.work is None:
        assert "Not allowed" in (said := words(entered.reply)), said
        return Outcome.DENIED
    await entered.work()
    _refs.append(entered.ref)
    async with desk.store.read() as tx:
        return (await audit.of_ref(tx, entered.ref))[-1].outcome


def mentioned(whom: str) -> str:
    return f"<!subteam^{whom}>" if whom == GROUP else f"<@{whom}>"
