"""``whoami``: my role here, and why."""

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, bold, code, join, md, mention
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.engine.access import Access
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.reasons import for_you, who_grants_more, why
from ovbot.grammar.args import Args

_MOST = 10
"""Grants that are told."""


class WhoamiArgs(Args):
    pass


class Standing(msgspec.Struct, frozen=True):
    """Who asks, and with what access."""

    access: Access


async def run(_args: WhoamiArgs, context: Context) -> Standing:
    return Standing(context.access)


def render(standing: Standing) -> Reply:
    access = standing.access
    said = md(
        "You are {}. Your role here is {}, because {}.",
        mention(access.actor.user),
        bold(access.here.word),
        why(access),
    )
    given = [for_you(g, access) for g in (*access.grants(), *access.denials())]
    listed = md("You were given:\n{}", join("\n", given[:_MOST])) if given else Markup("")
    more = Markup("") if access.here is Role.ADMIN else who_grants_more(access)
    note = md("Slack user id {}. {}", code(access.actor.user), more)
    parts = (Paragraph(said), Paragraph(listed)) if listed else (Paragraph(said),)
    return Reply(said, (*parts, Note(note)))


WHOAMI = Question(
    name="whoami",
    label="Who am I",
    summary="Tell my role here, and why",
    args=WhoamiArgs,
    needs=Role.NONE,
    run=run,
    render=render,
)
