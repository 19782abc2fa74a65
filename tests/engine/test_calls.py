"""A button is made from the declaration of the command that it is, and from nothing else."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import ovbot
from ovbot.engine.calls import call, call_form, declare
from ovbot.errors import FaultError
from ovbot.grammar.args import Args
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.parser import problems
from tests.conformance.commands import COMMANDS, REGISTRY

ROOT = Path(ovbot.__path__[0])


def test_a_call_is_what_a_person_could_type() -> None:
    assert call("kick", session="-x", participant="con_A") == 'kick --session "-x" con_A'
    assert call("node show", node="--pro") == "node show -- --pro"
    assert call_form("ask", over="exam-*") == "ask --over exam-* ?", "what is missing is not denied"
    assert call_form("invite", session="demo") == "invite --session demo ?"


def test_what_the_declaration_does_not_have_is_refused() -> None:
    with pytest.raises(FaultError, match="No command"):
        call("kickk", session="demo")
    with pytest.raises(FaultError, match="no argument “who”"):
        call_form("kick", who="Tom")
    with pytest.raises(GrammarError):
        call("kick", session="demo")
    with pytest.raises(FaultError, match="Two commands"):
        declare("kick", Args)


def test_an_id_that_nobody_may_type_stands_as_it_is() -> None:
    assert call("recording show", recording="a b") == 'recording show "a b"'
    assert call_form("revoke", id="12") == "revoke --id 12 ?"


def test_every_call_in_the_code_fits_the_declaration() -> None:
    found = list(calls())
    assert len(found) > 40
    for where, name, made in found:
        assert name in {each.name for each in COMMANDS}, where
        args: type[Args] = REGISTRY[name].args
        given = {keyword.arg for keyword in made.keywords}
        assert given - {None} <= set(args.model_fields), where
        said = {
            keyword.arg: keyword.value.value
            for keyword in made.keywords
            if keyword.arg is not None and isinstance(keyword.value, ast.Constant)
        }
        assert not said.keys() & problems(args, said).keys(), where
        if isinstance(made.func, ast.Name) and made.func.id == "call" and None not in given:
            needed = {key for key, field in args.model_fields.items() if field.is_required()}
            assert needed <= given, where


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Where one stands in the code, which command it names, and how."""
    for path in ROOT.rglob("*.py"):
        module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        if module == "ovbot.engine.calls":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Name("call" | "call_form"), [name]):
                    known = vars(importlib.import_module(module))
                    yield f"{module}:{node.lineno}", eval(ast.unparse(name), known), node


def test_nobody_keeps_a_copy_of_anothers_arguments() -> None:
    for info in pkgutil.walk_packages([str(ROOT)], "ovbot."):
        if info.name.startswith(("ovbot.commands", "ovbot.subjects", "ovbot.engine")):
            importlib.import_module(info.name)
    declared: set[type] = set()
    for command in COMMANDS:
        declared |= set(command.args.__mro__)
    models = {each for each in _below(Args) if each.__module__.startswith("ovbot.")}
    assert models - declared == set()


def _below(kind: type[Args]) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
