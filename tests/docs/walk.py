"""docs/a-kick.md: a kick through the house, with links to the lines where each step is decided."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PAGE = """\
# A kick through the house

A moderator reads `3. Mallory` in #moderation, types `/openvidu kick 3 spam`, and presses nothing
else. This is what happens, in order; each step links to the line where it is decided.

## In, and durable before it is acknowledged

1. Slack posts the command over HTTP, where its signature is checked on the raw body
   ({ovbot/slack/events.py:SlackEndpoint}), or sends it through the socket
   ({ovbot/slack/socket.py:Socket}). Bolt's one command listener takes it
   ({ovbot/slack/app.py:SlackApp._on_command}).
2. It becomes an *invocation*: who, where, and the text ({ovbot/engine/invocation.py:Invocation}). A
   press of the button “Kick Mallory” becomes the same, with the text that stood in the button.
3. The one door takes it ({ovbot/engine/pipeline.py:Door.enter}). The text is taken apart once
   ({ovbot/engine/reading.py:read}): `kick`, and three words.
4. What the person may here is found out anew ({ovbot/engine/who.py:Who}), and decided
   ({ovbot/engine/policy.py:authorise}). A refusal ends here, is audited, and says who could grant
   it.
5. The words become typed arguments ({ovbot/grammar/parser.py:parse},
   {ovbot/commands/kick.py:KickArgs}).
6. The *intent* is committed, together with others that come at the same time
   ({ovbot/engine/intents.py:Intents.record}). Only then does Slack get its answer: what was
   acknowledged, a power cut cannot lose. Nothing but the database was asked so far.

## Done once, at OpenVidu

7. What goes on is one task that a stop waits for ({ovbot/engine/perform.py:perform}).
8. Who is meant is read from OpenVidu as it is now ({ovbot/commands/kick.py:resolve}): the number 3
   is the third of the last list that this person saw ({ovbot/subjects/targets.py:participant}).
   More than one who could be meant is a question with buttons, never a guess. The right to that
   session is asked for once more, now that it is known.
9. The *attempt* is committed, with whom it is about: after a crash it is known that OpenVidu may
   have been asked.
10. OpenVidu is asked ({ovbot/subjects/kick_one.py:act},
    {ovbot/openvidu/participant_calls.py:ParticipantCalls.disconnect}), and the session is read
    back. A time-out is not a failure: what became of it is looked up
    ({ovbot/commands/kick.py:look}).

## Out, in one transaction

11. The *outcome*, what follows from it (a ban, say: {ovbot/subjects/effects.py:Banned}) and every
    notice are written in one transaction ({ovbot/engine/perform.py:record_outcome}).
12. Which channels hear of it is read from the bindings ({ovbot/subjects/hearers.py:BoundChannels});
    a session's card takes it into its thread.
13. The outbox's worker sends each channel's notices in order, at Slack's pace
    ({ovbot/delivery/outbox/worker.py:Worker}), one message at a time
    ({ovbot/delivery/outbox/sender.py:Sender.send}), as blocks in which every foreign word is
    escaped ({ovbot/slack/gateway.py:Gateway.post}). Whatever Slack answers is sorted in one place
    ({ovbot/slack/failures.py:of_error}).

## And from the other side

14. OpenVidu's webhook `participantLeft` is in the database before OpenVidu is answered
    ({ovbot/delivery/arrivals/ingest.py:Inbox}), and becomes rows and notices after that
    ({ovbot/delivery/arrivals/process.py:Processor}). Should it not come, the sweep finds out
    ({ovbot/delivery/arrivals/sweep.py:Sweeper}).

Where the process is killed in between, the next start closes what is open, truthfully
({ovbot/engine/recover.py:recover}): `tests/crash/test_points.py` kills it at every named point.
"""


def walk() -> str:
    """The page, each reference as a link to the line where it is defined."""
    return re.sub(r"\{(\S+?\.py):([\w.]+)\}", _link, PAGE)


def _link(found: re.Match[str]) -> str:
    path, name = found[1], found[2]
    return f"[`{name}`](../{path}#L{_lines(path)[name]})"


@cache
def _lines(path: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            lines[node.name] = node.lineno
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines[f"{node.name}.{inner.name}"] = inner.lineno
    return lines
