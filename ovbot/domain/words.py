"""Numbers as a person says them."""

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def duration(seconds: float) -> str:
    """A length of time in its two largest units: ``0 s``, ``12 min 3 s``, ``1 h 5 min``."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    pairs = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((i for i, (count, _) in enumerate(pairs) if count), len(pairs) - 1)
    shown = [f"{count} {unit}" for count, unit in pairs[first : first + 2] if count]
    return " ".join(shown) or "0 s"


def size(count: int) -> str:
    """A number of bytes in decimal units: ``830 bytes``, ``34.1 MB``."""
    value = float(max(0, count))
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"


def counted(count: int, one: str, many: str) -> str:
    """``one person``, ``no people``, ``14 people``: small numbers in words."""
    number = _SMALL[count] if 0 <= count < len(_SMALL) else f"{count:,}"
    return f"{number} {one if count == 1 else many}"
