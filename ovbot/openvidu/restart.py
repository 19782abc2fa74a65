"""The twenty-seven properties that a restart of OpenVidu Pro may change, typed.

(OpenVidu Pro docs, REST API Pro, "POST /pro/restart".) OPENVIDU_SECRET, which servers up to 2.14
take as well, is not among them: a secret has no business in a chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ovbot.openvidu.server_config import Property, masked


class RestartProperties(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="upper",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """New values; what is None stays as it is. Bandwidths in kbit/s, intervals in seconds."""

    openvidu_cdr: bool | None = None
    openvidu_recording: bool | None = None
    openvidu_recording_path: str | None = None
    openvidu_recording_public_access: bool | None = None
    openvidu_recording_notification: str | None = None
    openvidu_recording_custom_layout: str | None = None
    openvidu_recording_autostop_timeout: int | None = None
    openvidu_webhook: bool | None = None
    openvidu_webhook_endpoint: str | None = None
    openvidu_webhook_headers: list[str] | None = None
    openvidu_webhook_events: list[str] | None = None
    openvidu_streams_video_max_recv_bandwidth: int | None = None
    openvidu_streams_video_min_recv_bandwidth: int | None = None
    openvidu_streams_video_max_send_bandwidth: int | None = None
    openvidu_streams_video_min_send_bandwidth: int | None = None
    openvidu_sessions_garbage_interval: int | None = None
    openvidu_sessions_garbage_threshold: int | None = None
    openvidu_pro_cluster_id: str | None = None
    openvidu_pro_cluster_media_nodes: int | None = None
    openvidu_pro_cluster_path: str | None = None
    openvidu_pro_cluster_autoscaling: bool | None = None
    openvidu_pro_cluster_autoscaling_max_nodes: int | None = None
    openvidu_pro_cluster_autoscaling_min_nodes: int | None = None
    openvidu_pro_cluster_autoscaling_max_load: int | float | None = None
    openvidu_pro_cluster_autoscaling_min_load: int | float | None = None
    openvidu_pro_stats_monitoring_interval: int | None = None
    openvidu_pro_stats_webrtc_interval: int | None = None

    def given(self) -> dict[str, Property]:
        """What is to be changed, by OpenVidu's names, in clear: to be sent, not to be shown."""
        values: dict[str, Property] = msgspec.to_builtins(self)
        return values

    def shown(self) -> dict[str, Property]:
        """What is to be changed, with webhook headers and credentials masked."""
        return {key: masked(key, value) for key, value in self.given().items()}


FIELDS: Final = {field.encode_name: field for field in msgspec.structs.fields(RestartProperties)}
"""The properties by OpenVidu's names, with their types."""
_LISTS: Final = frozenset({"OPENVIDU_WEBHOOK_HEADERS", "OPENVIDU_WEBHOOK_EVENTS"})


def restart_properties(texts: Mapping[str, str]) -> RestartProperties:
    """Read ``KEY=VALUE`` pairs as people type them; lists are separated by commas.

    Raises ValueError with a sentence that names the property, and never its value.
    """
    values: dict[str, Any] = {}
    for key, text in texts.items():
        name = key.strip().upper()
        if name == "OPENVIDU_SECRET":
            raise ValueError(
                "OPENVIDU_SECRET is not changed from here: a chat keeps what it hears."
            )
        if name not in FIELDS:
            raise ValueError(f"{name[:80]} is not a property that a restart can change.")
        values[name] = _value(name, text.strip())
    if not values:
        raise ValueError("Name at least one property to change.")
    return msgspec.convert(values, RestartProperties)


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return [item.strip() for item in text.split(",") if item.strip()]
    try:
        return msgspec.convert(text, FIELDS[name].type, strict=False)
    except msgspec.ValidationError:
        raise ValueError(f"{name} must be {_kind(name)}.") from None


def _kind(name: str) -> str:
    kind = FIELDS[name].type
    return "true or false" if kind == bool | None else "a number"
