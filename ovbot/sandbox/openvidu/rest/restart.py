"""The configuration of a Pro server, and restarting it with another one.

Documentation: REST API Pro, POST restart and GET config.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ovbot.sandbox.openvidu.messages import Call, Reply, json_reply
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.rest.config import ce_config
from ovbot.sandbox.openvidu.state.settings import NAMES, Settings
from ovbot.sandbox.openvidu.state.world import World

NOTIFICATIONS = ("none", "moderator", "publisher_moderator", "all")
_LITERAL = "/restart"
_PATHS = ("recording_path", "custom_layout", "cluster_path")


class Wrong(Exception):
    """A property that cannot be set to this, in words."""


async def restart(world: World, call: Call) -> Reply:
    """POST restart: 200 once everything is valid, then the server is away for a while."""
    params = read.optional_body(world, call)
    try:
        values = {_field(world, name): _value(world, name, params[name]) for name in params}
        _check_together(replace(world.settings, **values))
    except Wrong as error:
        return world.bodies.told(400, str(error), _LITERAL)
    world.restart(values)
    return world.bodies.empty(200)


async def get_config(world: World, call: Call) -> Reply:
    """GET config: CE's properties, then Pro's own."""
    settings = world.settings
    found = ce_config(world)
    version = {"VERSION": found.pop("VERSION")}
    version["OPENVIDU_SERVER_DEPENDENCY_VERSION"] = world.profile.version
    kms = [each.uri for each in world.nodes.listed() if each.connected]
    pro: dict[str, Any] = {
        "KMS_URIS": kms,
        "OPENVIDU_PRO_STATS_MONITORING_INTERVAL": settings.monitoring_interval,
        "OPENVIDU_PRO_STATS_WEBRTC_INTERVAL": settings.webrtc_interval,
        "OPENVIDU_PRO_CLUSTER_ID": settings.cluster_id,
        "OPENVIDU_PRO_CLUSTER_ENVIRONMENT": world.config.environment,
        "OPENVIDU_PRO_CLUSTER_MEDIA_NODES": settings.media_nodes,
        "OPENVIDU_PRO_CLUSTER_PATH": settings.cluster_path,
        "OPENVIDU_PRO_CLUSTER_AUTOSCALING": settings.autoscaling,
    }
    if settings.autoscaling:
        for limit in ("MAX_NODES", "MIN_NODES", "MAX_LOAD", "MIN_LOAD"):
            name = f"OPENVIDU_PRO_CLUSTER_AUTOSCALING_{limit}"
            pro[name] = getattr(settings, limit.lower())
    pro |= {
        "OPENVIDU_PRO_ELASTICSEARCH": True,
        "OPENVIDU_PRO_ELASTICSEARCH_HOST": "http://localhost:9200",
        "OPENVIDU_PRO_ELASTICSEARCH_VERSION": "7.8.0",
        "OPENVIDU_PRO_KIBANA": True,
        "OPENVIDU_PRO_KIBANA_HOST": "http://localhost/kibana",
        "OPENVIDU_PRO_KIBANA_VERSION": "7.8.0",
    }
    if world.profile.modern:
        found["OPENVIDU_EDITION"] = "pro"
        pro |= {
            "OPENVIDU_PRO_RECORDING_STORAGE": "local",
            "OPENVIDU_PRO_NETWORK_QUALITY": False,
            "OPENVIDU_PRO_SPEECH_TO_TEXT": "disabled",
        }
    return json_reply(version | found | pro)


def _check_together(settings: Settings) -> None:
    """What only makes sense together."""
    if settings.webhook and not settings.webhook_endpoint:
        raise Wrong("Property OPENVIDU_WEBHOOK_ENDPOINT is needed if OPENVIDU_WEBHOOK is true")
    if settings.min_nodes > settings.max_nodes or settings.min_load > settings.max_load:
        raise Wrong("Property OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_… cannot be above its MAX_…")


def _field(world: World, name: str) -> str:
    """The setting that a property changes."""
    fixed = world.profile.modern and name == "OPENVIDU_PRO_STATS_MONITORING_INTERVAL"
    if name not in NAMES or fixed:
        raise Wrong(f"Property {name} cannot be modified through this method")
    return NAMES[name]


def _value(world: World, name: str, value: Any) -> Any:
    """The value if the property may have it."""
    field = _field(world, name)
    present = getattr(Settings(), field)
    if isinstance(present, bool):
        return _checked(name, value, isinstance(value, bool), "must be a boolean")
    if isinstance(present, int):
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        percent = field not in ("max_load", "min_load") or (whole and value <= 100)
        return _checked(name, value, whole and percent, "must be a number that is not negative")
    if isinstance(present, list):
        strings = isinstance(value, list) and all(isinstance(each, str) for each in value)
        _checked(name, value, strings, "must be an array of strings")
        return _listed(world, name, field, value)
    _checked(name, value, isinstance(value, str), "must be a string")
    if field == "notification":
        return _checked(name, value, value in NOTIFICATIONS, f"must be one of {NOTIFICATIONS}")
    if field == "webhook_endpoint":
        valid = urlsplit(value).scheme in ("http", "https") and bool(urlsplit(value).netloc)
        return _checked(name, value, valid, "must be a URL")
    if field in _PATHS:
        return _checked(name, value, value.startswith("/"), "must be an absolute path")
    return value


def _listed(world: World, name: str, field: str, value: list[str]) -> list[str]:
    if field == "webhook_headers":
        told = all(":" in each and each.partition(":")[0].strip() for each in value)
        _checked(name, value, told, "must have the form 'Name: value'")
    else:
        known = all(each in world.profile.default_events for each in value)
        _checked(name, value, known, f"must be among {world.profile.default_events}")
    return value


def _checked(name: str, value: Any, good: bool, wanted: str) -> Any:
    if not good:
        raise Wrong(f"Property {name} {wanted}")
    return value
