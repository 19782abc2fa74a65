"""Names of participants: from whatever applications put there, and from whoever means harm."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu import Connection
from ovbot.openvidu.participants import NAME_LIMIT, display_name, name_from, public_id, visible


@pytest.mark.parametrize(
    ("client_data", "server_data", "name"),
    [
        ("Ana", "", "Ana"),
        ("  Ana  ", "Boss", "Ana"),
        ('{"clientData": "Ana"}', "", "Ana"),
        ('{"name": "Ana"}', "", "Ana"),
        ('{"userName": "Ana"}', "", "Ana"),
        ('{"nickname": "Ana"}', "", "Ana"),
        ('{"displayName": "Ana"}', "", "Ana"),
        ('{"avatar": "x.png", "nickname": "Ana", "name": ""}', "", "Ana"),
        ('{"clientData": "First", "name": "Second"}', "", "First"),
        ('"Ana"', "", "Ana"),
        ('{"clientData": "Ana', "", '{"clientData": "Ana'),
        ("{'user': 'client1'}", "", "{'user': 'client1'}"),
        ("", '{"name": "Ana"}', "Ana"),
        ("", "Ana", "Ana"),
        ('{"avatar": 1}', "Ana", "Ana"),
        ('{"name": 7}', "", "con_1"),
        ('{"name": {"first": "Ana"}}', "", "con_1"),
        ("[1, 2]", "", "con_1"),
        ("", "", "con_1"),
        ("\u200b\u202e\u0000", "", "con_1"),
        ("\u200b", "Ana", "Ana"),
        ('{"name": "\u200b", "nickname": "Ana"}', "", "Ana"),
        ("12", "", "12"),
        ("Zoë 🎉", "", "Zoë 🎉"),
        ("أمل", "", "أمل"),
        ("A\u202enimda", "", "Animda"),
        ("a\u200bd\u200dm\u2060in", "", "admin"),
        ("line\nbreak\tand\u2028more", "", "line break and more"),
        ("<!channel>", "", "<!channel>"),
        ("\u3164\u2800", "", "con_1"),
        ("\u0301\u0301", "", "con_1"),
        ("[" * 5000, "", "[" * 79 + "…"),
    ],
)
def test_a_name_is_found(client_data: str, server_data: str, name: str) -> None:
    connection = Connection(connection_id="con_1", client_data=client_data, server_data=server_data)
    assert display_name(connection) == name


def test_absent_data_is_no_name() -> None:
    assert name_from("con_1", None, None) == "con_1"
    assert name_from("\u200b", None, None) == "?"


@pytest.mark.parametrize(
    ("connection_id", "name"),
    [
        ("ipc_IPCAM_rtsp_8K5Y_admin_pa55_cam_example_live", "IP camera 8K5Y"),
        ("ipc_IPCAM_file_A1B2_opt_film_mp4", "IP camera A1B2"),
        ("ipc_admin_pa55", "IP camera"),
    ],
)
def test_the_id_of_a_camera_is_no_name_since_it_holds_its_password(
    connection_id: str, name: str
) -> None:
    assert name_from(connection_id, "", "") == name
    assert name_from(connection_id, "", "Door") == "Door"


def test_a_long_name_is_cut_and_says_so() -> None:
    name = name_from("con_1", "x" * 10_000, None)
    assert name == "x" * 79 + "…"


@given(st.text(), st.text())
def test_every_name_is_visible_short_and_on_one_line(client_data: str, server_data: str) -> None:
    name = name_from("con_1", client_data, server_data)
    assert 0 < len(name) <= NAME_LIMIT
    assert name == name.strip()
    assert name.isprintable()
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl") for c in name)
    assert visible(name) == name


@pytest.mark.parametrize(
    ("id_", "shown"),
    [
        ("con_Xnxg19tonh", "con_Xnxg19tonh"),
        ("ipc_IPCAM_rtsp_8K5Y_cam_example_554_live", "ipc_IPCAM_rtsp_8K5Y"),
        ("ipc_IPCAM_rtsp_8K5Y_admin_hunter2@cam_example", "ipc_IPCAM_rtsp_8K5Y"),
        (
            "str_IPC_P76J_ipc_IPCAM_rtsp_8K5Y_admin_hunter2@cam_example",
            "str_IPC_P76J_ipc_IPCAM_rtsp_8K5Y",
        ),
    ],
)
def test_an_id_that_holds_a_password_is_cut(id_: str, shown: str) -> None:
    assert public_id(id_) == shown
