"""``python -m ovbot``."""

from ovbot.cli import main

main()
