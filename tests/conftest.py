"""All tests speak to this machine alone, whatever proxy the environment names."""

import os

from hypothesis import HealthCheck, settings

from ovbot.proxies import spare_this_machine

spare_this_machine()

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_auto_num_workers() -> int:
    """``-n auto``: most tests wait for longer than they work."""
    return 3 * (os.cpu_count() or 1)
