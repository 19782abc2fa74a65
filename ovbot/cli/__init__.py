"""The command line: ``ovbot serve``, ``worker``, ``migrate``, ``demo`` and ``sandbox``.

What a subcommand needs is imported when it runs, so that ``--help`` answers at once.
"""

import sys
from collections.abc import Iterator

from ovbot.errors import FaultError


def main() -> None:
    """Run the command line; what is wrong with the set-up is told in words, with exit status 2."""
    from ovbot.cli.app import app

    try:
        app()
    except* FaultError as faults:
        for fault in _leaves(faults):
            print(fault, file=sys.stderr)
            if isinstance(fault, FaultError) and fault.next_step:
                print(fault.next_step, file=sys.stderr)
        sys.exit(2)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
