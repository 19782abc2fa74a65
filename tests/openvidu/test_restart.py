"""The properties of a restart, and what a configuration shows."""

from __future__ import annotations

import msgspec
import pytest

from ovbot.openvidu.restart import FIELDS, RestartProperties, restart_properties
from ovbot.openvidu.server_config import parse_config

DOCUMENTED = [
    "OPENVIDU_CDR",
    "OPENVIDU_RECORDING",
    "OPENVIDU_RECORDING_PATH",
    "OPENVIDU_RECORDING_PUBLIC_ACCESS",
    "OPENVIDU_RECORDING_NOTIFICATION",
    "OPENVIDU_RECORDING_CUSTOM_LAYOUT",
    "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT",
    "OPENVIDU_WEBHOOK",
    "OPENVIDU_WEBHOOK_ENDPOINT",
    "OPENVIDU_WEBHOOK_HEADERS",
    "OPENVIDU_WEBHOOK_EVENTS",
    "OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH",
    "OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH",
    "OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH",
    "OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH",
    "OPENVIDU_SESSIONS_GARBAGE_INTERVAL",
    "OPENVIDU_SESSIONS_GARBAGE_THRESHOLD",
    "OPENVIDU_PRO_CLUSTER_ID",
    "OPENVIDU_PRO_CLUSTER_MEDIA_NODES",
    "OPENVIDU_PRO_CLUSTER_PATH",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_NODES",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_NODES",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_LOAD",
    "OPENVIDU_PRO_STATS_MONITORING_INTERVAL",
    "OPENVIDU_PRO_STATS_WEBRTC_INTERVAL",
]


def test_there_are_the_twenty_seven_documented_properties() -> None:
    assert list(FIELDS) == DOCUMENTED
    assert len(FIELDS) == 27


def test_what_people_type_becomes_typed() -> None:
    properties = restart_properties(
        {
            "openvidu_cdr": "true",
            "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT": " 60 ",
            "OPENVIDU_RECORDING_PATH": "/opt/recordings",
            "OPENVIDU_WEBHOOK_EVENTS": "sessionCreated, sessionDestroyed,",
            "OPENVIDU_WEBHOOK_HEADERS": "Authorization: Bearer s3cret",
            "OPENVIDU_WEBHOOK_ENDPOINT": "https://a:b@hook.example/",
            "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD": "75.5",
        }
    )
    assert properties.given() == {
        "OPENVIDU_CDR": True,
        "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT": 60,
        "OPENVIDU_RECORDING_PATH": "/opt/recordings",
        "OPENVIDU_WEBHOOK_EVENTS": ["sessionCreated", "sessionDestroyed"],
        "OPENVIDU_WEBHOOK_HEADERS": ["Authorization: Bearer s3cret"],
        "OPENVIDU_WEBHOOK_ENDPOINT": "https://a:b@hook.example/",
        "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD": 75.5,
    }
    shown = properties.shown()
    assert shown["OPENVIDU_WEBHOOK_HEADERS"] == ["Authorization: ***"]
    assert shown["OPENVIDU_WEBHOOK_ENDPOINT"] == "https://***@hook.example/"
    assert shown["OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT"] == 60


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("OPENVIDU_SECRET", "hunter2", "OPENVIDU_SECRET is not changed from here"),
        ("openvidu_secret", "hunter2", "OPENVIDU_SECRET is not changed from here"),
        ("DOMAIN_OR_PUBLIC_IP", "hunter2", "is not a property that a restart can change"),
        ("OPENVIDU_CDR", "hunter2", "OPENVIDU_CDR must be true or false"),
        ("OPENVIDU_SESSIONS_GARBAGE_INTERVAL", "hunter2", "must be a number"),
        ("OPENVIDU_SESSIONS_GARBAGE_INTERVAL", "1.5", "must be a number"),
        ("OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_LOAD", "hunter2", "must be a number"),
    ],
)
def test_a_bad_property_is_named_and_its_value_is_not(key: str, value: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        restart_properties({key: value})
    assert "hunter2" not in str(caught.value)


def test_an_empty_restart_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one property"):
        restart_properties({})


def test_no_other_key_can_be_smuggled_in() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"OPENVIDU_SECRET": "x"}, RestartProperties)


def test_a_configuration_hides_every_kind_of_secret() -> None:
    config = parse_config(
        msgspec.json.encode(
            {
                "VERSION": "2.20.0",
                "OPENVIDU_SECRET": "s3cret",
                "OPENVIDU_PRO_ELASTICSEARCH_PASSWORD": "s3cret",
                "OPENVIDU_PRO_AWS_ACCESS_KEY": "s3cret",
                "OPENVIDU_PRO_LICENSE": "s3cret",
                "OPENVIDU_WEBHOOK_HEADERS": ["X: s3cret", "s3cret"],
                "OPENVIDU_PRO_ELASTICSEARCH_HOST": "http://elastic:s3cret@host:9200",
                "KMS_URIS": ["ws://a:s3cret@10.0.0.1:8888/kurento"],
                "EMPTY_TOKEN": "",
                "NESTED": {"url": "http://u:s3cret@h/"},
                "HTTPS_PORT": 443,
                "OPENVIDU_CDR": False,
                "NOTHING": None,
            }
        )
    )
    assert "s3cret" not in repr(config)
    assert config.edition == "pro"
    assert config.properties["HTTPS_PORT"] == 443
    assert config.properties["OPENVIDU_CDR"] is False
    assert config.properties["NOTHING"] is None
    assert config.properties["EMPTY_TOKEN"] == ""
    assert config.properties["KMS_URIS"] == ["ws://***@10.0.0.1:8888/kurento"]


SAMPLE = b"""{"VERSION": "2.13.0", "OPENVIDU_SERVER_DEPENDENCY_VERSION": "2.13.0",
"DOMAIN_OR_PUBLIC_IP": "test.openvidu.io", "HTTPS_PORT": 443,
"OPENVIDU_PUBLICURL": "https://test.openvidu.io/", "KMS_URIS": [], "OPENVIDU_CDR": true,
"OPENVIDU_RECORDING": true, "OPENVIDU_RECORDING_PUBLIC_ACCESS": false,
"OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT": 120, "OPENVIDU_WEBHOOK": false,
"OPENVIDU_PRO_CLUSTER_ID": "TEST_CLUSTER_ID", "OPENVIDU_PRO_CLUSTER_MEDIA_NODES": 1}"""


def test_the_documentations_own_pro_configuration_is_read() -> None:
    config = parse_config(SAMPLE)
    assert (config.version, config.edition) == ("2.13.0", "pro")
    assert config.public_url == "https://test.openvidu.io/"
    assert (config.recording, config.recording_public_access, config.webhook) == (
        True,
        False,
        False,
    )
    assert config.recording_autostop_timeout == 120
    assert list(config.properties) == list(msgspec.json.decode(SAMPLE))
