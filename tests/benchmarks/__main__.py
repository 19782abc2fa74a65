"""The benchmarks of the folder, one after another: ``python -m tests.benchmarks [NAME …]``.

A name chooses those that begin with it: ``openvidu``, ``delivery``, ``slack``.
"""

import importlib
import pkgutil
import sys

import tests.benchmarks

PARTS = {
    "__main__",
    "delivery_load",
    "delivery_servers",
    "openvidu_measures",
    "openvidu_server",
    "slack_load",
    "slack_servers",
    "strangers_attack",
}
"""What benchmarks run in processes of their own."""


def main(chosen: tuple[str, ...]) -> None:
    """Run those that begin with a chosen name; all of them when none is given."""
    names = sorted({found.name for found in pkgutil.iter_modules(tests.benchmarks.__path__)})
    names = [name for name in names if name not in PARTS and name.startswith(chosen or ("",))]
    if not names:
        raise SystemExit(f"There is no benchmark of that name: {', '.join(chosen)}.")
    for name in names:
        print(f"\n#### {name}\n", flush=True)
        importlib.import_module(f"tests.benchmarks.{name}").main()


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
