"""Commands register themselves; a broken one is refused loudly."""

from typing import Annotated, Any

import pytest

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup
from ovbot.domain.reply import Reply
from ovbot.engine.command import Question
from ovbot.engine.registry import Registry
from ovbot.errors import FaultError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.describe import usage


class Nothing(Args):
    word: Annotated[str | None, Arg(Kind.WORD, "A word")] = None


def question(name: str, summary: str = "Ask", aliases: tuple[str, ...] = ()) -> Question[Any, Any]:
    async def run(_args: Nothing, _context: object) -> None:
        return None

    return Question(
        name=name,
        summary=summary,
        args=Nothing,
        needs=Role.NONE,
        run=run,
        render=lambda _result: Reply(Markup("x")),
        aliases=aliases,
    )


@pytest.mark.parametrize("name", ["Show", "sh-ow", "", "show2", "show four words now"])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(FaultError):
        Registry([question(name)])


def test_a_summary_is_needed() -> None:
    with pytest.raises(FaultError):
        Registry([question("show", "")])


def test_two_of_a_name_are_refused() -> None:
    with pytest.raises(FaultError, match="Two commands"):
        Registry([question("show"), question("see", aliases=("show",))])


def test_every_command_of_the_product_has_a_usage_line_and_a_role() -> None:
    commands = list(Registry.scan("ovbot.commands"))
    assert len(commands) >= 13
    for command in commands:
        assert len(usage(command.name, command.args)) <= 120
        assert command.needs in Role
