"""How the workspace says no."""

from collections.abc import Sequence

from ovbot.sandbox.slack.shapes import Json


class ConfigError(ValueError):
    """The workspace was described in a way it cannot be built from."""


class ApiError(Exception):
    """A refusal in the platform's own words, e.g. ``channel_not_found``.

    `messages` end up in ``response_metadata.messages`` and `errors` beside them, as in the
    documentation of ``invalid_blocks`` and ``invalid_arguments``; `extra` joins the body
    (``needed`` and ``provided`` of ``missing_scope``). See the reference of each method,
    section "Errors".
    """

    def __init__(
        self,
        error: str,
        *,
        messages: Sequence[str] = (),
        errors: Sequence[object] = (),
        status: int = 200,
        retry_after: int | None = None,
        extra: Json | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.errors = list(errors)
        self.status = status
        self.retry_after = retry_after
        self.extra = extra or {}

    def body(self) -> Json:
        """The JSON the caller gets."""
        body: Json = {"ok": False, "error": self.error, **self.extra}
        if self.errors:
            body["errors"] = self.errors
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body

    def headers(self) -> dict[str, str]:
        """``Retry-After`` when there is one to give."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def missing_argument(*names: str) -> ApiError:
    """``invalid_arguments``, naming what was left out."""
    return ApiError(
        "invalid_arguments", messages=[f"[ERROR] missing required field: {name}" for name in names]
    )


class ControlError(Exception):
    """A request to the control surface that makes no sense, or asks for the impossible."""

    def __init__(self, error: str, *, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status

    def body(self) -> Json:
        """The JSON the caller gets."""
        return {"ok": False, "error": self.error}
