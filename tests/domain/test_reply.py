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
            Paragraph(md("row"), menu=(button, Button("Show Ana", "show 1", short="Show"))),
            Facts((("a", md("b")),)),
            Buttons((button,)),
            Note(md("small")),
            Rule(),
        ),
    )
    back = from_json(to_json(reply))
    assert back == reply
    assert isinstance(back.text, Markup)


def test_a_reply_of_an_older_ovbot_reads_back() -> None:
    """Its paragraphs have no menu, and its buttons nothing short."""
    stored = (
        '{"text":"x","parts":[{"type":"paragraph","text":"Ana","button":{"label":"Kick Ana",'
        '"command":"kick 1","style":"danger","confirm":null}}],"again":""}'
    )
    (part,) = from_json(stored).parts
    assert part == Paragraph(md("Ana"), Button("Kick Ana", "kick 1", Style.DANGER))
