"""nginx, for the tests of what the documentation says to put before ovbot."""

import os
import shutil

import pytest


def nginx_or_skip() -> str:
    """Its program, or the test is skipped; with ``OVBOT_TEST_REQUIRE=nginx`` it fails."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        if "nginx" in os.environ.get("OVBOT_TEST_REQUIRE", ""):
            pytest.fail("nginx is required and not installed")
        pytest.skip("nginx is not installed")
    return found
