"""A meeting as an application server with pyopenvidu sees it; tells it as JSON, last line."""

import json
import os
import sys
import urllib.request
from collections.abc import Callable
from typing import Any

from pyopenvidu import OpenVidu  # type: ignore[import-not-found]

URL, SECRET = os.environ["OPENVIDU_URL"], os.environ["OPENVIDU_SECRET"]


def control(path: str, **body: Any) -> Any:
    request = urllib.request.Request(
        f"{URL}/_control/{path}", data=json.dumps(body).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except BaseException as problem:  # its errors are no Exceptions
        return type(problem).__name__
    return "none"


def meeting() -> dict[str, Any]:
    told: dict[str, Any] = {}
    openvidu = OpenVidu(f"{URL}/openvidu/api/", SECRET)
    told["version"] = openvidu.get_config()["VERSION"]
    session = openvidu.create_session("daily")
    told["created"] = session.id
    told["again"] = refusal(lambda: openvidu.create_session("daily"))

    promised = session.create_webrtc_connection(role="PUBLISHER", data="server side")
    joined = control(
        "sessions/daily/join", token=promised.token, clientData="Ana", publish="camera"
    )
    told["same_connection"] = joined["connectionId"] == promised.id
    ben = control("sessions/daily/join", clientData="Ben", role="SUBSCRIBER")
    told["changed"] = session.fetch()
    told["unchanged"] = session.fetch()
    told["people"] = sorted(
        [c.client_data, c.server_data, c.role, c.publisher_count, c.subscriber_count]
        for c in session.connections
    )
    openvidu.fetch()
    told["sessions"] = [s.id for s in openvidu.sessions]

    session.signal("chat", "hello")
    ana = session.get_connection(joined["connectionId"])
    session.signal("chat", "hello", [ana])
    camera = session.create_ipcam_connection("rtsp://cam.example/1", data="Door")
    told["camera"] = [camera.platform, camera.rtsp_uri]
    camera.force_disconnect()

    ana.force_unpublish_all_streams()
    session.fetch()
    told["unpublished"] = sum(c.publisher_count for c in session.connections)
    session.get_connection(ben["connectionId"]).force_disconnect()
    session.fetch()
    told["left"] = [c.client_data for c in session.connections]
    session.close()
    told["closed"] = refusal(session.fetch)
    told["secret"] = refusal(lambda: OpenVidu(f"{URL}/openvidu/api/", "wrong"))
    return told


sys.stdout.write(f"\n{json.dumps(meeting())}\n")
