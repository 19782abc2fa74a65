"""The tree of errors is the one that is drawn where they begin."""

import importlib
import pkgutil
import re

import ovbot
from ovbot import errors


def drawn() -> dict[str, str]:
    """Each error's parent, as drawn."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│├└─ ]*)(\w+Error|\w+)\b", line):
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            parents[found[2]] = above[depth - 1] if depth else ""
    return parents


def test_the_tree_is_the_one_that_is_drawn() -> None:
    for module in pkgutil.walk_packages(ovbot.__path__, "ovbot."):
        if not module.name.startswith(("ovbot.sandbox", "ovbot.store.migrations", "ovbot.__main")):
            importlib.import_module(module.name)
    classes = {errors.OvbotError}
    for one in list(classes):
        classes |= set(one.__subclasses__())
    for _ in range(3):
        classes |= {each for one in classes for each in one.__subclasses__()}
    named = {each.__name__: each for each in classes if each.__module__.startswith("ovbot.")}
    tree = drawn()
    assert len(tree) == 12
    for name, parent in tree.items():
        assert name in named, name
        assert not parent or named[name].__base__ is named[parent], name
