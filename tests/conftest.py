"""All tests speak to this machine alone, whatever proxy the environment names."""

import os

from ovbot.proxies import spare_this_machine

spare_this_machine()


def pytest_xdist_auto_num_workers() -> int:
    """``-n auto``: most tests wait for longer than they work."""
    return 3 * (os.cpu_count() or 1)
