"""Every Community operation through the real client, on every profile of the simulator."""

from __future__ import annotations

import pytest

from ovbot.openvidu import errors as e
from ovbot.openvidu.participants import display_name
from ovbot.openvidu.recording_settings import RecordingSettings
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import PROFILES, room

every_profile = pytest.mark.parametrize("profile", PROFILES)


@every_profile
async def test_create_a_session(profile: ProfileName) -> None:
    async with room(profile) as r:
        created = await r.client.create_session(custom_session_id="daily")
        assert (created.session_id, created.created_at) == ("daily", 1_600_000_000_000)
        random = await r.client.create_session()
        assert random.session_id.startswith("ses_")
        with pytest.raises(e.SessionExists):
            await r.client.create_session(custom_session_id="daily")
        with pytest.raises(e.BadRequest) as caught:
            await r.client.create_session(custom_session_id="no spaces")
        assert "customSessionId" in caught.value.message


@every_profile
async def test_create_a_session_with_every_setting(profile: ProfileName) -> None:
    async with room(profile) as r:
        await r.client.create_session(
            custom_session_id="daily",
            media_mode="RELAYED",
            recording_mode="ALWAYS",
            recording=RecordingSettings(
                output_mode="COMPOSED", recording_layout="CUSTOM", custom_layout="big"
            ),
        )
        session = await r.client.session("daily")
        assert session.media_mode == "RELAYED"
        assert session.recording_mode == "ALWAYS"
        assert session.default_output_mode == "COMPOSED"
        assert session.default_recording_layout == "CUSTOM"
        assert session.custom_session_id == "daily"
        assert session.connections == ()


@every_profile
async def test_make_a_token(profile: ProfileName) -> None:
    async with room(profile) as r:
        await r.client.create_session(custom_session_id="daily")
        token = await r.client.create_token(
            "daily",
            role="SUBSCRIBER",
            data="Ana",
            record=None if profile == "2.15" else False,
            video_max_recv_bandwidth=500,
            allowed_filters=["ZBarFilter"],
        )
        assert (token.session_id, token.role, token.data) == ("daily", "SUBSCRIBER", "Ana")
        assert token.secret.reveal().startswith("ws")
        assert "tok_" in token.secret.reveal()
        assert "tok_" not in repr(token)
        joined = r.simulator.join("daily", token=token.secret.reveal())
        assert token.connection_id in ("", joined.connection_id)
        body = r.asked("create_token")[-1]["body"]
        assert body["kurentoOptions"] == {
            "videoMaxRecvBandwidth": 500,
            "allowedFilters": ["ZBarFilter"],
        }
        with pytest.raises(e.SessionNotFound) as caught:
            await r.client.create_token("nightly")
        assert caught.value.code == "invite.no_session"
        with pytest.raises(e.BadRequest):
            await r.client.create_token("daily", role="BOSS")  # type: ignore[arg-type]


@every_profile
async def test_look_at_a_session(profile: ProfileName) -> None:
    async with room(profile) as r:
        connection_id, stream_id = r.meeting()
        session = await r.client.session("daily")
        ana, ben = sorted(session.connections, key=lambda c: c.client_data)
        assert (ana.connection_id, ana.client_data, ana.role) == (connection_id, "Ana", "PUBLISHER")
        assert (ben.client_data, ben.role, ben.publishers) == ("Ben", "SUBSCRIBER", ())
        assert (ana.kind, ana.status, ana.created_at) == ("WEBRTC", "active", 1_600_000_000_000)
        (publisher,) = ana.publishers
        assert (publisher.stream_id, publisher.type_of_video) == (stream_id, "CAMERA")
        assert (publisher.has_audio, publisher.has_video) == (True, True)
        assert (publisher.audio_active, publisher.video_active) == (True, True)
        assert [s.stream_id for s in ben.subscribers] == [stream_id]
        assert "tok_" not in repr(session)
        with pytest.raises(e.SessionNotFound):
            await r.client.session("nightly")


@every_profile
async def test_list_the_sessions(profile: ProfileName) -> None:
    async with room(profile) as r:
        assert await r.client.sessions() == ()
        r.meeting("daily")
        r.meeting("weekly")
        await r.client.create_session(custom_session_id="empty")
        await r.client.add_camera("weekly", "rtsp://cam.example/1")
        found = {s.session_id: (s.people, s.cameras) for s in await r.client.sessions()}
        assert found == {"daily": (2, 0), "weekly": (2, 1), "empty": (0, 0)}


@every_profile
async def test_send_a_signal(profile: ProfileName) -> None:
    async with room(profile) as r:
        ana, _ = r.meeting()
        await r.client.signal("daily", "two minutes left")
        await r.client.signal("daily", "you are muted", type="note", to=[ana])
        body = r.asked("signal")[-1]["body"]
        assert body == {"session": "daily", "to": [ana], "type": "note", "data": "you are muted"}
        with pytest.raises(e.NobodyConnected):
            await r.client.signal("daily", "hello", to=[ana, "con_gone"])
        await r.client.create_session(custom_session_id="empty")
        with pytest.raises(e.NobodyConnected):
            await r.client.signal("empty", "hello")
        with pytest.raises(e.SessionNotFound):
            await r.client.signal("nightly", "hello")
        with pytest.raises(e.BadRequest):
            await r.client.signal("daily", 7)  # type: ignore[arg-type]


@every_profile
async def test_close_a_session(profile: ProfileName) -> None:
    async with room(profile) as r:
        r.meeting()
        await r.client.close_session("daily")
        assert await r.client.sessions() == ()
        with pytest.raises(e.SessionGone) as caught:
            await r.client.close_session("daily")
        assert caught.value.already


@every_profile
async def test_disconnect_somebody(profile: ProfileName) -> None:
    async with room(profile) as r:
        ana, _ = r.meeting()
        await r.client.disconnect("daily", ana)
        (ben,) = (await r.client.session("daily")).connections
        with pytest.raises(e.ConnectionGone):
            await r.client.disconnect("daily", ana)
        await r.client.disconnect("daily", ben.connection_id)
        with pytest.raises(e.SessionGone):  # the last one took the session along
            await r.client.disconnect("daily", ben.connection_id)


@every_profile
async def test_unpublish_a_stream(profile: ProfileName) -> None:
    async with room(profile) as r:
        _, stream = r.meeting()
        await r.client.unpublish("daily", stream)
        session = await r.client.session("daily")
        assert all(not c.publishers and not c.subscribers for c in session.connections)
        with pytest.raises(e.StreamGone):
            await r.client.unpublish("daily", stream)
        with pytest.raises(e.SessionGone):
            await r.client.unpublish("nightly", stream)


@every_profile
async def test_add_and_remove_a_camera(profile: ProfileName) -> None:
    async with room(profile) as r:
        r.meeting()
        camera = await r.client.add_camera(
            "daily",
            "rtsp://admin:pa55@cam.example:554/live?key=k1",
            adaptative_bitrate=False,
            only_play_with_subscribers=False,
            network_cache=None if profile == "2.15" else 500,
            data="Door",
        )
        assert (camera.kind, camera.platform, camera.server_data) == ("IPCAM", "IPCAM", "Door")
        (publisher,) = camera.publishers
        assert publisher.type_of_video == "IPCAM"
        assert publisher.rtsp_uri == "rtsp://cam.example:554/***"
        assert r.asked("add_camera")[-1]["body"]["rtspUri"].startswith("rtsp://admin:pa55@")
        assert display_name(camera) == "Door"
        with pytest.raises(e.CameraStream):
            await r.client.unpublish("daily", publisher.stream_id)
        await r.client.disconnect("daily", camera.connection_id)
        with pytest.raises(e.SessionNotFound):
            await r.client.add_camera("nightly", "rtsp://cam.example/")
        with pytest.raises(e.BadRequest):
            await r.client.add_camera("daily", "ftp://cam.example/")


@every_profile
async def test_record(profile: ProfileName) -> None:
    async with room(profile) as r:
        r.meeting()
        started = await r.client.start_recording(
            "daily",
            RecordingSettings(
                name="standup",
                recording_layout="BEST_FIT",
                resolution="640x480",
                has_audio=True,
            ),
        )
        assert (started.session_id, started.name) == ("daily", "standup")
        assert (started.status, started.url, started.size) == ("started", None, 0)
        assert (started.output_mode, started.resolution) == ("COMPOSED", "640x480")
        assert (await r.client.session("daily")).recording
        with pytest.raises(e.AlreadyRecording):
            await r.client.start_recording("daily")
        with pytest.raises(e.RecordingRunning):
            await r.client.delete_recording(started.id)
        stopped = await r.client.stop_recording(started.id)
        assert (stopped.status, stopped.id) == ("ready", started.id)
        assert stopped.size > 0
        assert stopped.url is not None
        assert stopped.url.endswith(f"/recordings/{started.id}/standup.mp4")
        with pytest.raises(e.RecordingGone) as caught:
            await r.client.stop_recording(started.id)
        assert caught.value.already
        again = await r.client.start_recording("daily", RecordingSettings(output_mode="INDIVIDUAL"))
        assert again.id == ("daily~1" if profile == "2.32" else "daily-1")
        assert (await r.client.recording(again.id)).output_mode == "INDIVIDUAL"
        await r.client.stop_recording(again.id)
        assert {x.id for x in await r.client.recordings()} == {started.id, again.id}
        await r.client.delete_recording(again.id)
        with pytest.raises(e.RecordingNotFound):
            await r.client.recording(again.id)
        with pytest.raises(e.RecordingGone):
            await r.client.delete_recording(again.id)


@every_profile
async def test_what_cannot_be_recorded(profile: ProfileName) -> None:
    async with room(profile) as r:
        r.meeting()
        with pytest.raises(e.BadRecordingSettings):
            await r.client.start_recording("daily", RecordingSettings(resolution="1x1"))
        with pytest.raises(e.BadRecordingSettings):
            await r.client.start_recording(
                "daily", RecordingSettings(has_audio=False, has_video=False)
            )
        with pytest.raises(e.BadRequest):
            await r.client.start_recording("daily", RecordingSettings(output_mode="PAINTED"))  # type: ignore[arg-type]
        with pytest.raises(e.SessionNotFound):
            await r.client.start_recording("nightly")
        await r.client.create_session(custom_session_id="empty")
        with pytest.raises(e.NobodyConnected):
            await r.client.start_recording("empty")
        await r.client.create_session(custom_session_id="relayed", media_mode="RELAYED")
        r.simulator.join("relayed", publish="camera")
        with pytest.raises(e.AlreadyRecording):
            await r.client.start_recording("relayed")


@every_profile
async def test_recording_switched_off(profile: ProfileName) -> None:
    async with room(profile, recording=False) as r:
        r.meeting()
        with pytest.raises(e.RecordingDisabled):
            await r.client.start_recording("daily")
        if profile != "2.15":  # whose other calls do not look at the switch
            for call in (
                r.client.stop_recording("daily"),
                r.client.recording("daily"),
                r.client.recordings(),
                r.client.delete_recording("daily"),
            ):
                with pytest.raises(e.RecordingDisabled):
                    await call


@every_profile
async def test_the_configuration_is_masked(profile: ProfileName) -> None:
    async with room(
        profile,
        webhook="http://bot:pw@hook.example/webhooks/openvidu?k=v",
        webhook_headers=("Authorization: Bearer s3cret", "X-Plain: also-s3cret"),
        webhook_events=("sessionCreated",),
    ) as r:
        config = await r.client.config()
        assert config.version == ("2.32.1" if profile == "2.32" else "2.15.0")
        assert config.edition == "ce"
        assert config.recording
        assert config.recording_autostop_timeout == 120
        assert config.webhook
        assert config.webhook_endpoint == "http://***@hook.example/webhooks/openvidu?k=***"
        assert config.webhook_headers == ("Authorization", "X-Plain")
        assert config.webhook_events == ("sessionCreated",)
        assert next(iter(config.properties)) == "VERSION"
        assert config.properties["OPENVIDU_WEBHOOK_HEADERS"] == [
            "Authorization: ***",
            "X-Plain: ***",
        ]
        for secret in ("s3cret", "bot:pw", "MY_SECRET"):
            assert secret not in repr(config)


@every_profile
async def test_the_server_is_known_after_the_first_call(profile: ProfileName) -> None:
    async with room(profile) as r:
        server = r.client.server
        assert server is not None
        dialect = {"seed": "mixed", "2.15": "api", "2.32": "openvidu"}[profile]
        assert server.dialect.name == dialect
        assert server.version.startswith("2.32" if profile == "2.32" else "2.15")
        assert server.edition == "ce"
        assert server.sends("participantJoined")
        assert server.sends("signalSent") == (profile == "2.32")
        assert not server.sends("autoscaling")
        await r.client.sessions()
        assert [a["operation"] for a in r.asked()] == ["listSessions"]


@every_profile
@pytest.mark.parametrize("operation", ["media_nodes", "pro_config", "discover_media_nodes"])
async def test_pro_is_not_asked_of_community(profile: ProfileName, operation: str) -> None:
    async with room(profile) as r:
        with pytest.raises(e.ProOnly) as caught:
            await getattr(r.client, operation)()
        assert "takes OpenVidu Pro" in caught.value.sentence
        assert r.asked() == []


@pytest.mark.parametrize("profile", ["seed", "2.15"])
async def test_the_connection_api_is_not_asked_of_an_old_server(profile: ProfileName) -> None:
    async with room(profile) as r:
        for call in (
            r.client.connections("daily"),
            r.client.connection("daily", "con_1"),
            r.client.create_connection("daily"),
            r.client.modify_connection("daily", "con_1", role="MODERATOR"),
        ):
            with pytest.raises(e.Unsupported):
                await call
        assert r.asked() == []


async def test_what_2_15_would_ignore_is_refused_in_words() -> None:
    async with room("2.15") as r:
        r.meeting()
        with pytest.raises(e.TooOld, match="leave somebody out of a recording") as caught:
            await r.client.create_token("daily", record=False)
        assert caught.value.code == "invite.too_old"
        with pytest.raises(e.TooOld, match="buffer of a camera"):
            await r.client.add_camera("daily", "rtsp://cam.example/1", network_cache=500)
        assert r.asked() == []


async def test_a_message_of_openvidu_is_masked() -> None:
    async with room() as r:
        told = '{"message": "cannot play rtsp://admin:pa55@cam/1 (404)"}'
        r.fault("add_camera", "status", status=500, body=told)
        with pytest.raises(e.CameraFailed) as caught:
            await r.client.add_camera("daily", "rtsp://admin:pa55@cam/1")
        assert caught.value.message == "cannot play rtsp://cam/*** (404)"


async def test_a_recording_that_is_still_starting() -> None:
    async with room("seed") as r:
        r.meeting()
        r.fault("stop_recording", "status", status=406)
        with pytest.raises(e.RecordingStarting):
            await r.client.stop_recording("daily")
