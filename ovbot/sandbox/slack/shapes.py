"""Names for the loose shapes that cross the wire."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
"""One JSON object, as the platform's documentation draws it."""

Clock = Callable[[], float]
"""Seconds since the epoch; replaced in tests so that nothing has to wait."""
