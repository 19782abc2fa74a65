"""From what an app sends to what a message says."""

import json
from collections.abc import Mapping
from typing import Any

from ovbot.sandbox.slack.blockkit import message_problems
from ovbot.sandbox.slack.blockkit.place import Problem
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.messages import Content
from ovbot.sandbox.slack.shapes import Json

POST_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
_BLOCK_CHARACTERS = 13_200
_MARKDOWN_CHARACTERS = 12_000
_ATTACHMENTS = 100


def read_content(
    source: Mapping[str, Any], *, longest: int = POST_CHARACTERS, blocks_longest: bool = True
) -> Content:
    """Text, blocks, attachments and metadata of a message, strictly checked.

    Raises ApiError: ``no_text``, ``msg_too_long`` (the reference of ``chat.postMessage`` speaks
    of truncating; here it is refused), ``msg_blocks_too_long`` (undocumented: slackapi/bolt-js
    issue 2509 measured it; it does not hold for a response_url), ``invalid_blocks_format``,
    ``invalid_blocks`` with pointers, ``invalid_attachments``, ``invalid_metadata_format``.
    """
    text = _text(source, "text", longest)
    blocks = _blocks(source)
    markdown = _text(source, "markdown_text", _MARKDOWN_CHARACTERS)
    if markdown:
        if text or blocks:
            raise ApiError("markdown_text_conflict")
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    attachments = _attachments(source)
    if not (text.strip() or blocks or attachments):
        raise ApiError("no_text")
    if blocks_longest and blocks and characters(blocks) > _BLOCK_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    return Content(text, blocks or None, attachments, _metadata(source))


def refuse(error: str, problems: list[Problem]) -> ApiError:
    """A refusal that points at every place it dislikes."""
    return ApiError(
        error,
        messages=[f"[ERROR] {problem.sentence()}" for problem in problems],
        errors=[problem.sentence() for problem in problems],
    )


def decoded(source: Mapping[str, Any], name: str, error: str) -> Any:
    """An argument that is JSON, either as such or in a string."""
    value = source.get(name)
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except json.JSONDecodeError as problem:
        raise ApiError(error) from problem


def characters(value: Any) -> int:
    """Characters of everything shown in blocks: ``text`` members, however deep."""
    if isinstance(value, list):
        return sum(characters(item) for item in value)
    if not isinstance(value, dict):
        return 0
    return sum(
        len(inner) if name == "text" and isinstance(inner, str) else characters(inner)
        for name, inner in value.items()
    )


def _text(source: Mapping[str, Any], name: str, longest: int) -> str:
    value = source.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ApiError("invalid_arguments", messages=[f"[ERROR] `{name}` must be a string"])
    if len(value) > longest:
        raise ApiError("msg_too_long")
    return value


def _blocks(source: Mapping[str, Any]) -> list[Json]:
    blocks = decoded(source, "blocks", "invalid_blocks_format")
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    problems = message_problems(blocks)
    if problems:
        raise refuse("invalid_blocks", problems)
    return blocks


def _attachments(source: Mapping[str, Any]) -> list[Json] | None:
    attachments = decoded(source, "attachments", "invalid_attachments")
    if not attachments:
        return None
    if not isinstance(attachments, list) or not all(isinstance(a, dict) for a in attachments):
        raise ApiError("invalid_attachments")
    if len(attachments) > _ATTACHMENTS:
        raise ApiError("too_many_attachments")
    problems = [
        problem
        for index, attachment in enumerate(attachments)
        if "blocks" in attachment
        for problem in message_problems(attachment["blocks"], f"/attachments/{index}/blocks")
    ]
    if problems:
        raise refuse("invalid_attachments", problems)
    return attachments


def _metadata(source: Mapping[str, Any]) -> Json | None:
    metadata = decoded(source, "metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if metadata == {}:
        return {}
    if (
        not isinstance(metadata, dict)
        or not isinstance(metadata.get("event_type"), str)
        or not isinstance(metadata.get("event_payload"), dict)
        or metadata.keys() - {"event_type", "event_payload", "entities"}
    ):
        raise ApiError("invalid_metadata_format")
    return metadata
