"""Replies survive being stored."""

from ovbot.domain.markup import Markup, md
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Facts,
    Heading,
    Note,
    Paragraph,
    Reply,
    Rule,
    Style,
    from_json,
    to_json,
)


def test_a_reply_reads_back_as_it_was() -> None:
    button = Button("Kick Ana", "kick con_1", Style.DANGER, Confirm("Sure?", "Ana goes.", "Kick"))
    reply = Reply(
        md("Hello {}", "<Ana>"),
        (
            Heading("Title"),
            Paragraph(md("text"), button),
            Facts((("a", md("b")),)),
            Buttons((button,)),
            Note(md("small")),
            Rule(),
        ),
    )
    back = from_json(to_json(reply))
    assert back == reply
    assert isinstance(back.text, Markup)
