"""Who hears of what."""

from ovbot.domain.binding import Binding, Topic, hearing


def bound(channel: str, pattern: str, *topics: Topic) -> Binding:
    return Binding(
        team="T",
        server="default",
        channel=channel,
        pattern=pattern,
        topics=topics or (Topic.RECORDINGS,),
        created_by="U",
        created_at=0,
    )


def test_a_channel_hears_once_however_often_it_is_bound() -> None:
    every = [bound("C1", "exam-*"), bound("C1", "exam-1"), bound("C2", "exam-1")]
    assert hearing(every, "exam-1", Topic.RECORDINGS) == ("C1", "C2")


def test_only_the_named_topics_are_heard() -> None:
    every = [bound("C1", "exam-1", Topic.SESSION)]
    assert hearing(every, "exam-1", Topic.RECORDINGS) == ()


def test_globs_are_case_sensitive_as_ids_are() -> None:
    assert not bound("C", "Exam-*").matches("exam-1")
    assert bound("C", "exam-?").matches("exam-1")
    assert not bound("C", "exam-1").is_glob
