"""Words to arguments: every rule, and every refusal."""

from datetime import timedelta

import pytest

from ovbot.grammar.args import Args
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import Context, parse, split_command
from tests.grammar.examples import (
    BindArgs,
    CameraArgs,
    CreateArgs,
    EitherArgs,
    Event,
    KickArgs,
    OddArgs,
    RestartArgs,
    SignalArgs,
)

BOUND = Context(session_optional=True)
KNOWING = Context(session_optional=True, known_sessions=frozenset({"daily", "7"}))
ANYWHERE = Context()


@pytest.mark.parametrize(
    ("typed", "found", "left", "name"),
    [
        ("record start daily", "start", ["daily"], "record start"),
        ("record daily", "record", ["daily"], "record"),
        ("RECORD Start", "start", [], "RECORD Start"),
        ("Kick 3", "kick", ["3"], "Kick"),
    ],
)
def test_the_longest_command_wins(typed: str, found: str, left: list[str], name: str) -> None:
    names = {("record",): "record", ("record", "start"): "start", ("kick",): "kick"}
    split = split_command(tokenize(typed), names)
    assert split is not None
    assert (split[0], [token.text for token in split[1]], split[2]) == (found, left, name)


@pytest.mark.parametrize("typed", ["", "kik 3", "start record"])
def test_no_such_command(typed: str) -> None:
    assert split_command(tokenize(typed), {("kick",): 1, ("record", "start"): 2}) is None
    assert split_command(tokenize(typed), {}) is None


@pytest.mark.parametrize(
    ("typed", "context", "session", "participant", "reason"),
    [
        # A bound channel: the first word is the participant unless it is a session for certain.
        ("ana", BOUND, None, "ana", None),
        # Only who is there tells where a name of several words ends and the reason begins.
        ("ana being rude", BOUND, None, "ana being rude", None),
        ("ses_A1 ana being rude", BOUND, "ses_A1", "ana being rude", None),
        ("ses_A-1 ana", BOUND, None, "ses_A-1 ana", None),
        ("daily ana", BOUND, None, "daily ana", None),
        ("daily ana", KNOWING, "daily", "ana", None),
        # Elsewhere: the first word is the session if another word follows.
        ("daily ana", ANYWHERE, "daily", "ana", None),
        ("daily ana being rude", ANYWHERE, "daily", "ana being rude", None),
        ("daily 'ana' being rude", ANYWHERE, "daily", "ana", "being rude"),
        ("ana", ANYWHERE, None, "ana", None),
        # Numbers, connections and people never are sessions.
        ("3 too loud", ANYWHERE, None, "3", "too loud"),
        ("7 ana", KNOWING, None, "7", "ana"),
        ("#3 too loud", ANYWHERE, None, "#3", "too loud"),
        ("con_Ab1 ana", ANYWHERE, None, "con_Ab1", "ana"),
        ("ipc_Ab1 ana", ANYWHERE, None, "ipc_Ab1", "ana"),
        ("str_CAM_1 ana", ANYWHERE, None, "str_CAM_1", "ana"),
        ("<@U1|ana> too loud", ANYWHERE, None, "@ana too loud", None),
        ("<@U1> <@U2|ben> <#C1|general>", ANYWHERE, None, "<@U1> @ben #general", None),
        ("'<@U1|ana> B' '<!subteam^S1|@ops>'", BOUND, None, "@ana B", "@ops"),
        # By its key it can stand anywhere, and then no word is the session.
        ("--session daily ses_A ana", ANYWHERE, "daily", "ses_A ana", None),
        ("ana --session daily too loud", ANYWHERE, "daily", "ana too loud", None),
        ("ana session:daily", BOUND, "daily", "ana", None),
        ("ana session=daily", BOUND, "daily", "ana", None),
        ("—Session daily 3", BOUND, "daily", "3", None),
        ("--no-session ses_A ana", ANYWHERE, None, "ses_A ana", None),
        # Words and texts.
        ('"Ana Maria" "too loud"', BOUND, None, "Ana Maria", "too loud"),
        ("3 don’t   say “hi”, ok", BOUND, None, "3", "don’t   say “hi”, ok"),
        ('3 "no" means "no"', BOUND, None, "3", '"no" means "no"'),
        ("3 <https://a.example|here> &lt;b&gt;", BOUND, None, "3", "https://a.example <b>"),
        ("3 note: it was time:12", BOUND, None, "3", "note: it was time:12"),
        ("-- --x -y", BOUND, None, "--x -y", None),
        ("-- -- --", BOUND, None, "-- --", None),
        ('"--dry-run" "-x"', BOUND, None, "--dry-run", "-x"),
        ("-- 3 —dry-run", BOUND, None, "3", "—dry-run"),
        ("3 it was -5 :-) - -> ---", BOUND, None, "3", "it was -5 :-) - -> ---"),
    ],
)
def test_kick(
    typed: str, context: Context, session: str | None, participant: str, reason: str | None
) -> None:
    expected = KickArgs(session=session, participant=participant, reason=reason)
    assert parse(KickArgs, tokenize(typed), context) == expected


@pytest.mark.parametrize(
    "typed", ["--session daily", "daily", "session:daily", "session=daily", "SESSION:daily"]
)
@pytest.mark.parametrize("context", [ANYWHERE, BOUND])
def test_a_session_alone_takes_any_word(typed: str, context: Context) -> None:
    assert parse(CreateArgs, tokenize(typed), context) == CreateArgs(session="daily")
    assert parse(CreateArgs, tokenize("3"), context) == CreateArgs(session="3")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hello all", SignalArgs(session="hello", text="all")),
        ("--no-session hello all", SignalArgs(text="hello all")),
        (
            "daily hello --type news  all",
            SignalArgs(session="daily", text="hello  all", type="news"),
        ),
        ("type:news hello", SignalArgs(text="hello", type="news")),
        ("--to ana,con_1 hello", SignalArgs(text="hello", to=("ana", "con_1"))),
        ('--only "Ana Maria, Ben" hello', SignalArgs(text="hello", to=("Ana Maria", "Ben"))),
        ('to="Ana Maria" hello', SignalArgs(text="hello", to=("Ana Maria",))),
        ("--type=a=b:c hello", SignalArgs(text="hello", type="a=b:c")),
        ("--type:x hello", SignalArgs(text="hello", type="x")),
        ("--type -5 hello", SignalArgs(text="hello", type="-5")),
        ('--type "--x" hello', SignalArgs(text="hello", type="--x")),
        ("--type=--x hello", SignalArgs(text="hello", type="--x")),
        ("https://a.example", SignalArgs(text="https://a.example")),
        ('"type:x"', SignalArgs(text="type:x")),
        ('"line one\nline two"', SignalArgs(text="line one\nline two")),
    ],
)
def test_signal(typed: str, expected: SignalArgs) -> None:
    assert parse(SignalArgs, tokenize(typed)) == expected


@pytest.mark.parametrize(
    ("args", "typed", "expected"),
    [
        (BindArgs, "daily-*", BindArgs(pattern="daily-*")),
        (
            BindArgs,
            "daily session recordings",
            BindArgs(pattern="daily", events=(Event.SESSION, Event.RECORDINGS)),
        ),
        (CreateArgs, "", CreateArgs()),
        (CreateArgs, "--bind --no-adaptive", CreateArgs(bind=True, adaptive=False)),
        (CreateArgs, "--no-bind --adaptive", CreateArgs()),
        (CreateArgs, "layout:custom:a/b people=800", CreateArgs(layout="custom:a/b", people=800)),
        (CreateArgs, "--RECORD always x", CreateArgs(session="x", record="always")),
        (KickArgs, "3 --ban 1h30m", KickArgs(participant="3", ban=timedelta(minutes=90))),
        (KickArgs, "3 ban:perm", KickArgs(participant="3", ban="perm")),
        (KickArgs, "3 —dry_run", KickArgs(participant="3", dry_run=True)),
        (EitherArgs, "daily --match x*", EitherArgs(session="daily", match="x*")),
        (EitherArgs, "--match x* daily", EitherArgs(session="daily", match="x*")),
        (EitherArgs, '3 --reason "too loud"', EitherArgs(who="3", reason="too loud")),
        (EitherArgs, "3 too loud", EitherArgs(who="3", reason="too loud")),
        (EitherArgs, "--match * reason:noise", EitherArgs(match="*", reason="noise")),
        (OddArgs, "--no-record", OddArgs(no_record=True)),
        (OddArgs, "--no-note --no-sizes --no-words", OddArgs(note=None, sizes=(), words=())),
        (RestartArgs, "OPENVIDU_X=1 OPENVIDU_Y=a:b", None),
    ],
)
def test_other_shapes(args: type[Args], typed: str, expected: Args | None) -> None:
    read = parse(args, tokenize(typed))
    if expected is None:
        expected = RestartArgs(settings=("OPENVIDU_X=1", "OPENVIDU_Y=a:b"))
    assert read == expected


@pytest.mark.parametrize(
    ("args", "typed", "code", "field", "sentence", "next_step"),
    [
        (KickArgs, "3 --dry-rum", "unknown_option", None, "“--dry-rum”", "mean --dry-run?"),
        (KickArgs, "3 -dry-run", "unknown_option", None, "“-dry-run”", "mean --dry-run?"),
        (KickArgs, "3 ---dry-run", "unknown_option", None, "“---dry-run”", "mean --dry-run?"),
        (KickArgs, "3 —zzzz", "unknown_option", None, "“--zzzz”", "whole text in quotes"),
        (KickArgs, "3 --no-ana", "unknown_option", None, "“--no-ana”", ""),
        (KickArgs, "", "missing", "participant", "The participant is missing: their number", ""),
        (KickArgs, "ses_A", "missing", "participant", "The participant is missing: ", ""),
        (SignalArgs, "", "missing", "text", "The text is missing: what to say.", ""),
        (CreateArgs, "a b", "extra", None, "There is one word too many: “b”.", "quotes"),
        (CreateArgs, "--session a b", "extra", None, "There is one word too many: “b”.", ""),
        (EitherArgs, "", "missing", "who", "The who is missing: one of them.", ""),
        (EitherArgs, "--reason x", "missing", "who", "The who is missing: one of them.", ""),
        (EitherArgs, "3 --match x*", "bad_value", "match", "write only one of the two.", ""),
        (EitherArgs, "daily ana --match x*", "bad_value", "match", "place of the who", ""),
        (EitherArgs, "3 --reason too loud", "extra", None, "one word too many: “loud”", "quotes"),
        (KickArgs, "3 --dry-run --dry-run", "duplicate", "dry_run", "--dry-run is given twice", ""),
        (CreateArgs, "a --bind --no-bind", "duplicate", "bind", "--bind is given twice", ""),
        (SignalArgs, "a to:b only:c", "duplicate", "to", "--to is given twice", ""),
        (CreateArgs, "--session a session:b", "duplicate", "session", "--session", ""),
        (KickArgs, "3 --session", "bad_value", "session", "--session has no value.", "--session"),
        (KickArgs, "3 --ban --dry-run", "bad_value", "ban", "--ban has no value.", ""),
        (KickArgs, "3 --ban --", "bad_value", "ban", "--ban has no value.", ""),
        (KickArgs, "3 --ban=", "bad_value", "ban", "--ban has no value.", ""),
        (KickArgs, '3 --ban ""', "bad_value", "ban", "--ban has no value.", ""),
        (SignalArgs, "come to: me", "bad_value", "to", "to: has no value.", "whole text in quotes"),
        (SignalArgs, "x --to a, b", "bad_value", "to", "empty place in “a,”", "commas"),
        (KickArgs, "3 --dry-run=yes", "bad_value", "dry_run", "takes no value", "Write --dry-run"),
        (KickArgs, "3 --no-ban=yes", "bad_value", "ban", "takes no value", ""),
        (
            CreateArgs,
            "--record alway",
            "bad_value",
            "record",
            "--record takes manual or always, not “alway”.",
            "Did you mean always?",
        ),
        (CreateArgs, "--people x", "bad_value", "people", "takes a whole number, not “x”.", ""),
        (CreateArgs, "--people 0", "bad_value", "people", "a number of at least 1, not “0”.", ""),
        (CreateArgs, "--people 801", "bad_value", "people", "at most 800", "at most so many"),
        (
            CreateArgs,
            "--layout x",
            "bad_value",
            "layout",
            "--layout cannot be “x”.",
            "best_fit or custom:…",
        ),
        (OddArgs, "--sizes 1,x", "bad_value", "sizes", "takes a whole number, not “x”.", ""),
        (
            BindArgs,
            "daily session recordngs",
            "bad_value",
            "events",
            "The events have to be session, participants or recordings, not “recordngs”.",
            "Did you mean recordings?",
        ),
        (
            KickArgs,
            "3 --ban soon",
            "bad_value",
            "ban",
            "--ban takes perm or a duration such as 30s, 5m, 2h or 7d, not “soon”.",
            "for how long",
        ),
        (KickArgs, "3 --ban 99999w", "bad_value", "ban", "at most ten years", ""),
        (KickArgs, '""', "bad_value", "participant", "The participant cannot be empty.", ""),
        # What was typed is told, but never a secret in it.
        (
            CameraArgs,
            "http://me:pw@h/s",
            "bad_value",
            "uri",
            "cannot be “http://…@h/s”.",
            "rtsp://…",
        ),
        (RestartArgs, "SECRET=pw", "bad_value", "settings", "cannot be “SECRET”.", "KEY=VALUE"),
        (CreateArgs, f"a {'y' * 200}", "extra", None, f"“{'y' * 79}…”", ""),
    ],
)
def test_refusals(
    args: type[Args], typed: str, code: str, field: str | None, sentence: str, next_step: str
) -> None:
    with pytest.raises(GrammarError) as caught:
        parse(args, tokenize(typed))
    error = caught.value
    assert (error.code, error.field) == (f"grammar.{code}", field)
    assert sentence in error.sentence
    assert next_step in error.next_step
    for leak in ("Input should", "pydantic", "Value error", "String should"):
        assert leak not in error.sentence + error.next_step


def test_a_refusal_offers_what_could_be_meant() -> None:
    with pytest.raises(GrammarError) as caught:
        parse(CreateArgs, tokenize("--record x"))
    assert caught.value.offered == ("manual", "always")
    with pytest.raises(GrammarError) as caught:
        parse(KickArgs, tokenize("3 --sesion x"))
    assert caught.value.offered == ("--session",)


def test_in_a_bound_channel_a_word_beside_what_replaces_it_is_not_the_session() -> None:
    known = parse(EitherArgs, tokenize("daily --match x*"), KNOWING)
    assert known == EitherArgs(session="daily", match="x*")
    with pytest.raises(GrammarError, match="--match stands in the place of the who"):
        parse(EitherArgs, tokenize("ana --match x*"), BOUND)
