"""The plain blocks: section, header, actions, context, input, image and their like.

Limits from the platform's reference, "Blocks".
"""

from ovbot.sandbox.slack.blockkit import elements, inputs, rich_text, texts
from ovbot.sandbox.slack.blockkit.elements import Rule
from ovbot.sandbox.slack.blockkit.place import Members, Place

_ACCESSORIES: dict[str, Rule] = {
    **elements.BUTTONS,
    **elements.SELECTS,
    **elements.MULTI_SELECTS,
    **elements.CHOICES,
    **inputs.PICKERS,
    "overflow": elements.overflow,
}

_ACTIONS: dict[str, Rule] = {**_ACCESSORIES, **inputs.MOMENTS}

_INPUTS: dict[str, Rule] = {
    **inputs.FIELDS,
    **inputs.PICKERS,
    **inputs.MOMENTS,
    **elements.CHOICES,
    **elements.SELECTS,
    **elements.MULTI_SELECTS,
}


def members_of(block: Place, required: str, optional: str = "") -> Members:
    """Members of a block, which has a ``type`` and may have a ``block_id``."""
    members = block.members(("type", *required.split()), ("block_id", *optional.split()))
    members.check("block_id", Place.string, 255)
    return members


def apply(place: Place, rules: dict[str, Rule]) -> None:
    """Check an element or block by the rule of its type."""
    kind = place.kind(rules)
    if kind is not None:
        rules[kind](place)


def section(block: Place) -> None:
    """Text of 3000 characters, or up to ten fields of 2000, and one accessory."""
    members = members_of(block, "", "text fields accessory expand")
    if "text" not in members and "fields" not in members:
        block.wrong("must define either `text` or `fields`", type="required")
    members.check("text", texts.text, 3000)
    if "fields" in members:
        for item in members["fields"].items(10):
            texts.text(item, 2000)
    members.check("accessory", apply, {**_ACCESSORIES, "image": image_element})
    members.check("expand", Place.boolean)


def header(block: Place) -> None:
    """A plain text of 150 characters."""
    members = members_of(block, "text", "level")
    members.check("text", texts.plain, 150)
    members.check("level", Place.integer, 1, 4)


def divider(block: Place) -> None:
    """A line."""
    members_of(block, "")


def actions(block: Place) -> None:
    """One to 25 elements."""
    members = members_of(block, "elements")
    if "elements" in members:
        for item in members["elements"].items(25):
            apply(item, _ACTIONS)


def context(block: Place) -> None:
    """One to ten texts or small images."""
    members = members_of(block, "elements")
    if "elements" in members:
        for item in members["elements"].items(10):
            apply(item, {"plain_text": texts.text, "mrkdwn": texts.text, "image": image_element})


def context_actions(block: Place) -> None:
    """One to five feedback or icon buttons."""
    members = members_of(block, "elements")
    if "elements" in members:
        for item in members["elements"].items(5):
            apply(item, elements.CONTEXT_ACTIONS)


def input_block(block: Place) -> None:
    """A labelled field; label and hint 2000 characters."""
    members = members_of(block, "label element", "hint optional dispatch_action")
    members.check("label", texts.plain, 2000)
    members.check("hint", texts.plain, 2000)
    members.check("optional", Place.boolean)
    members.check("dispatch_action", Place.boolean)
    members.check("element", apply, _INPUTS)
    if "element" in members and "dispatch_action" in members:
        element = members["element"].value
        is_file = isinstance(element, dict) and element.get("type") == "file_input"
        if is_file and members["dispatch_action"].value is True:
            members["dispatch_action"].wrong("must not be true for a file_input")


def image(block: Place) -> None:
    """A picture; alternative text and title 2000, address 3000 characters."""
    members = members_of(block, "alt_text", "image_url slack_file title")
    members.check("alt_text", Place.string, 2000)
    members.check("image_url", texts.link)
    members.check("slack_file", texts.stored_file)
    members.check("title", texts.plain, 2000)
    texts.image_source(block)


def image_element(element: Place) -> None:
    """A small picture in a section, context or card."""
    members = element.members(("type", "alt_text"), ("image_url", "slack_file"))
    members.check("type", Place.one_of, "image")
    members.check("alt_text", Place.string, 2000)
    members.check("image_url", texts.link)
    members.check("slack_file", texts.stored_file)
    texts.image_source(element)


def markdown(block: Place) -> None:
    """Markdown of 12 000 characters; all such blocks of a payload share the limit."""
    members_of(block, "text").check("text", Place.string, 12_000)


def video(block: Place) -> None:
    """A player; title less than 200 and author less than 50 characters, the words of "Video block".

    Description 200 and provider 50 characters.
    """
    members = members_of(
        block,
        "alt_text title thumbnail_url video_url",
        "title_url description provider_name provider_icon_url author_name",
    )
    members.check("alt_text", Place.string, 2000)
    members.check("title", texts.plain, 199)
    members.check("description", texts.plain, 200)
    members.check("author_name", Place.string, 49)
    members.check("provider_name", Place.string, 50)
    for name in ("thumbnail_url", "video_url", "title_url", "provider_icon_url"):
        members.check(name, texts.link)


PLAIN_BLOCKS: dict[str, Rule] = {
    "section": section,
    "header": header,
    "divider": divider,
    "actions": actions,
    "context": context,
    "input": input_block,
    "image": image,
    "rich_text": rich_text.rich_text,
    "video": video,
}
