"""Whatever arrives, the check answers; and what it accepts, the workspace can use."""

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ovbot.sandbox.slack.blockkit import message_problems, view_problems
from ovbot.sandbox.slack.content import read_content
from ovbot.sandbox.slack.interaction.elements import interactive
from ovbot.sandbox.slack.interaction.values import initial_state
from ovbot.sandbox.slack.messages import name_parts
from tests.sandbox.slack.test_blockkit_rules import MINIMAL

NAMES = (
    "type text blocks elements element accessory options option_groups actions child_blocks "
    "block_id action_id value label title fields rows chart confirm initial_option alt_text"
)
KINDS = "button overflow static_select plain_text mrkdwn modal home raw_text"
TYPES = [*MINIMAL, *KINDS.split()]

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(TYPES)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6)
    ),
    max_leaves=25,
)
blocks = st.lists(st.sampled_from(list(MINIMAL.values())), max_size=6)


@settings(max_examples=300)
@given(anything | blocks)
def test_the_check_never_stumbles(value: Any) -> None:
    for problem in [*message_problems(value), *view_problems(value)]:
        assert problem.pointer.startswith(("/blocks", "/view"))
        assert problem.message


@settings(max_examples=300)
@given(blocks)
def test_what_is_accepted_can_be_shown_and_used(value: list[Any]) -> None:
    assume(not message_problems(value))
    content = read_content({"text": "x", "blocks": value})
    named = name_parts(content)
    assert message_problems(named.blocks or []) == []
    assert all(found.block_id and found.action_id for found in interactive(named.blocks or []))
    initial_state(named.blocks or [])
