"""What a call brings: its token and its arguments, however they were sent.

From the platform's documentation, "Using the Web API": query, form or JSON; the token in the
Authorization header or, except with JSON, among the arguments.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from ovbot.sandbox.slack.errors import ApiError, missing_argument
from ovbot.sandbox.slack.shapes import Json


@dataclass(frozen=True)
class Arguments:
    """Arguments by name."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A string, or None when it was left out or is empty. Raises ``invalid_arguments``."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise ApiError("invalid_arguments", messages=[f"[ERROR] `{name}` must be a string"])
        return value

    def required(self, name: str) -> str:
        """A string that must be there. Raises ``invalid_arguments``."""
        value = self.text(name)
        if value is None:
            raise missing_argument(name)
        return value

    def flag(self, name: str) -> bool:
        """A yes or no: ``true``, ``1``, ``"1"``, ``"true"``."""
        return self.values.get(name) in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises ``invalid_arguments``."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError) as problem:
            messages = [f"[ERROR] `{name}` must be an integer"]
            raise ApiError("invalid_arguments", messages=messages) from problem


async def read_call(request: Request) -> tuple[str | None, Arguments]:
    """The token and the arguments of a call.

    Raises ApiError: ``invalid_json``, ``json_not_object``, ``invalid_form_data``,
    ``invalid_post_type``.
    """
    values: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    from_json = kind == "application/json"
    if request.method == "POST":
        values |= await (_json(request) if from_json else _form(request, kind))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    own = values.pop("token", None)
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), Arguments(values)
    # A token inside a JSON body is not looked at, so such a call is not authenticated.
    return (None if from_json or not isinstance(own, str) else own or None), Arguments(values)


async def _json(request: Request) -> Json:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as problem:
        raise ApiError("invalid_json") from problem
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body


async def _form(request: Request, kind: str) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    if kind == "multipart/form-data":
        # Only uploads need it, and no method here takes one.
        raise ApiError("invalid_form_data")
    if kind != "application/x-www-form-urlencoded":
        raise ApiError("invalid_post_type")
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, strict_parsing=True))
    except ValueError as problem:
        raise ApiError("invalid_form_data") from problem
