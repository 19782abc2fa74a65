"""Libraries without what they take along and nobody uses here: it would be held as long as ovbot
runs, and read at each start.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_DECORATION = ("rich", "pygments")


@contextmanager
def without_decoration() -> Iterator[None]:
    """Import as where rich and pygments, which come with typer, are not installed.

    structlog takes them along for tracebacks in colours, and httpx for a command line of its own.
    """
    before = {name: sys.modules[name] for name in _DECORATION if name in sys.modules}
    sys.modules.update(dict.fromkeys(_DECORATION))  # type: ignore[arg-type]  # None: not to be had
    try:
        yield
    finally:
        for name in _DECORATION:
            del sys.modules[name]
        sys.modules.update(before)


@contextmanager
def parts_of(package: str) -> Iterator[None]:
    """Import modules of a package without its ``__init__``, which imports all of them.

    Whoever imports the package itself later gets it whole, and the same modules in it: see
    ``make_whole``.
    """
    spec = None if package in sys.modules else importlib.util.find_spec(package)
    if spec is None:
        yield
        return
    sys.modules[package] = importlib.util.module_from_spec(spec)
    try:
        yield
    finally:
        del sys.modules[package]


def make_whole(package: str) -> None:
    """Import a package of which parts may be there already: they become its attributes, which
    Python sets only where it imports a module itself. uvicorn's logging is found by them."""
    whole = importlib.import_module(package)
    for name, module in list(sys.modules.items()):
        parent, _, part = name.rpartition(".")
        if parent == package and module is not None and not hasattr(whole, part):
            setattr(whole, part, module)
