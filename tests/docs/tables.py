"""The tables in docs/ that derive from the code. ``python -m tests.docs.tables`` writes them."""

from pathlib import Path

from pydantic import AliasChoices, SecretStr
from pydantic_core import PydanticUndefined

from ovbot.engine.command import Action
from ovbot.engine.registry import Registry
from ovbot.grammar.describe import usage
from ovbot.grammar.values import written
from ovbot.settings import Settings
from tests.docs.walk import walk

DOCS = Path(__file__).resolve().parents[2] / "docs"


def settings() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Read from the environment, or from a `.env` file in the working directory.",
        "",
        "| name | default | meaning |",
        "|---|---|---|",
    ]
    for field in Settings.model_fields.values():
        alias = field.validation_alias
        name = str(alias.choices[0]) if isinstance(alias, AliasChoices) else str(alias)
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        if default is PydanticUndefined:
            shown = "needed"
        elif default in (None, (), {}):
            shown = ""
        else:
            default = f"{default:g}" if isinstance(default, float) else written(default)
            shown = f"`{default}`"
        lines.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """docs/commands.md."""
    lines = [
        "# Commands",
        "",
        "Each is typed after `/openvidu`; `help COMMAND` explains its arguments.",
        "",
        "| command | what it does | role | audited |",
        "|---|---|---|---|",
    ]
    for command in Registry.scan("ovbot.commands"):
        written = usage(command.name, command.args).replace("|", "\\|")
        audited = "yes" if isinstance(command, Action) else ""
        role = command.needs.word
        lines.append(f"| `{written}` | {command.summary} | {role} | {audited} |")
    return "\n".join(lines) + "\n"


PAGES = {"settings.md": settings, "commands.md": commands, "a-kick.md": walk}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())
