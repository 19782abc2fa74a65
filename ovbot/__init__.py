"""Watch and moderate OpenVidu 2.x sessions from Slack."""


def __getattr__(name: str) -> str:
    """``__version__``, which stands in pyproject.toml; looked up only where it is asked for."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("ovbot")
