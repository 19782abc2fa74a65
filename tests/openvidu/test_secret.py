"""Secrets that print as stars, and credentials taken out of URLs."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu import Secret
from ovbot.openvidu.secret import mask_uri, place_of, without_addresses


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", repr([secret])):
        assert "hunter2" not in shown
        assert "***" in shown


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("é")}) == 2


def test_a_secret_is_neither_pickled_nor_written_as_json() -> None:
    with pytest.raises(TypeError, match="not to be pickled"):
        pickle.dumps(Secret("hunter2"))
    with pytest.raises(TypeError):
        msgspec.json.encode(Secret("hunter2"))


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtsp://cam.example:554/live", "rtsp://cam.example:554/live"),
        ("rtsp://admin:pw@cam.example/live", "rtsp://***@cam.example/live"),
        ("rtsp://admin@cam.example/live", "rtsp://***@cam.example/live"),
        ("rtsp://ad:p@s/s@cam.example/live", "rtsp://***@cam.example/live"),
        ("rtsp://cam/live?user=a&password=b", "rtsp://cam/live?user=***&password=***"),
        ("http://cam/live?a=1;b=2#top", "http://cam/live?a=***;b=***#top"),
        ("file:///opt/film.mp4", "file:///opt/film.mp4"),
        ("not a uri", "not a uri"),
        ("", ""),
    ],
)
def test_credentials_are_taken_out_of_a_uri(uri: str, shown: str) -> None:
    assert mask_uri(uri) == shown


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_user_and_no_password_stays(user: str, password: str) -> None:
    shown = mask_uri(f"rtsp://{user}:{password}@cam/1")
    assert shown == "rtsp://***@cam/1"


PLACES = {
    "rtsp://cam": "rtsp://cam",
    "rtsp://cam:554/": "rtsp://cam:554",
    "rtsp://cam.test:554/s3cret": "rtsp://cam.test:554/***",
    "rtsp://cam.test?s3cret": "rtsp://cam.test/***",
    "rtsp://cam.test#s3cret": "rtsp://cam.test/***",
    "rtsp://s3cret@cam.test": "rtsp://cam.test/***",
    "rtsps://admin:s3cret@[2001:db8::1]:554/1": "rtsps://[2001:db8::1]:554/***",
    "rtsp://admin:s3@cret@cam.test/1": "rtsp://***",
    "rtsp://admin:s/3cret@cam.test/1": "rtsp://***",
    "rtsp://cam/s3cret@cam.test": "rtsp://***",
    "rtsp://s3cret:s3cret": "rtsp://***",
    "rtsp://s3cret s3cret": "rtsp://***",
    "rtsp://": "rtsp://***",
    "file:///opt/s3cret": "file://***",
    "s3cret": "***",
}


@pytest.mark.parametrize("uri", PLACES)
def test_of_a_camera_only_host_and_port_are_shown(uri: str) -> None:
    assert place_of(uri) == PLACES[uri]
    assert place_of(place_of(uri)) == place_of(uri)


@pytest.mark.parametrize(
    "text",
    [
        "cannot play rtsp://admin:s3cret@cam/1",
        "'rtsp://cam/s3cret' and (http://x/y?key=s3cret), rtsp://s3 cret:s3cret@cam/1 too",
        "RTSP://cam.test/s3cret;x",
    ],
)
def test_addresses_in_what_others_say_are_cut(text: str) -> None:
    assert "s3cret" not in without_addresses(text)
