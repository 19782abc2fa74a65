"""Every benchmark of the folder, one after another: ``python -m tests.benchmarks``."""

import importlib
import pkgutil

import tests.benchmarks

PARTS = {
    "__main__",
    "delivery_load",
    "delivery_servers",
    "openvidu_measures",
    "openvidu_server",
    "slack_load",
    "slack_servers",
}
"""What benchmarks run in processes of their own."""


def main() -> None:
    for found in sorted(pkgutil.iter_modules(tests.benchmarks.__path__), key=lambda f: f.name):
        if found.name not in PARTS:
            print(f"\n#### {found.name}\n", flush=True)
            importlib.import_module(f"tests.benchmarks.{found.name}").main()


if __name__ == "__main__":
    main()
