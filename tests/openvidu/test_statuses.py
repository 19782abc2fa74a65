"""Each operation × each documented status × each profile, through the real client.

Where a state of the server leads to a status, test_live and test_pro bring that state about;
here the simulator is told to give the status, so that none is left out on any version.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.operations import OPERATIONS
from ovbot.sandbox.openvidu.config import Edition, ProfileName
from tests.openvidu.harness import PROFILES, room
from tests.openvidu.invoke import INVOKE
from tests.openvidu.test_replies import DOCUMENTED


@dataclass
class Anybody:
    connection: str = "con_1"
    stream: str = "str_1"
    node: str = "kms_1"
    file: str = "a.log"


def able(operation: str, profile: ProfileName) -> bool:
    """Whether a version has the operation at all."""
    return OPERATIONS[operation].since is None or profile == "2.32"


CASES = [
    (profile, operation, status)
    for profile in PROFILES
    for operation, status in DOCUMENTED
    if able(operation, profile)
]


def test_no_operation_is_left_out() -> None:
    assert {operation for _, operation, _ in CASES} == {
        o.name for o in OPERATIONS.values() if o.meanings
    }


@pytest.mark.parametrize(("profile", "operation", "status"), CASES)
async def test_a_documented_status(profile: ProfileName, operation: str, status: int) -> None:
    edition: Edition = "pro" if OPERATIONS[operation].pro else "ce"
    # 2.16+ makes its tokens by the Connection API: the same statuses, the same meanings
    kind, code, effect = DOCUMENTED[operation, status]
    async with room(profile, edition=edition) as r:
        r.fault(operation, "status", status=status)
        with pytest.raises(OpenViduError) as caught:
            await INVOKE[operation](r.client, Anybody())
        assert type(caught.value) is kind
        assert (caught.value.code, caught.value.effect) == (code, effect)
        assert caught.value.status == status
        assert [a["status"] for a in r.asked(operation)] == [status]  # and it was not repeated
