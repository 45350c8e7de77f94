"""Captions and audio become utterances."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.domain.speech import Captioned, Side
from dragoman.relay.transcript import SETTLE_LATE_S, SETTLE_S, LaneTranscript

pytestmark = pytest.mark.unit


def transcript() -> LaneTranscript:
    return LaneTranscript(Role.CALLER, "es", "en", "fake", "c")


def source(text: str, utterance: str = "", **how: bool) -> Captioned:
    return Captioned(Side.SOURCE, text, utterance, **how)


def target(text: str, utterance: str = "", **how: bool) -> Captioned:
    return Captioned(Side.TARGET, text, utterance, **how)


def test_pieces_are_joined_as_they_are() -> None:
    lane = transcript()
    lane.caption(target("Good", "u1"), 1.0)
    caption = lane.caption(target(" morning.", "u1", final=True), 1.2)
    assert (caption.text, caption.final, caption.language, caption.at_s) == ("Good morning.", True, "en", 1.2)


def test_a_whole_text_replaces_what_was_there() -> None:
    lane = transcript()
    lane.caption(source("Buenas", "u1"), 1.0)
    caption = lane.caption(source("Buenos días.", "u1", whole=True, final=True), 1.4)
    assert (caption.text, caption.side, caption.language) == ("Buenos días.", Side.SOURCE, "es")


def test_the_engines_names_are_not_ours() -> None:
    """An engine may call its utterances as we label ours; both kinds of name are kept apart."""
    lane = transcript()
    one = lane.named("c2", 1.0)
    two = lane.named("c1", 2.0)
    assert (one.utterance, two.utterance) == ("c1", "c2")
    assert lane.named("c2", 3.0) is one
    assert lane.labelled("c1") is one
    assert lane.labelled("c2") is two
    assert lane.labelled("hold") is None


def test_to_look_is_not_to_make() -> None:
    lane = transcript()
    assert lane.find("u1") is None
    assert lane.find("") is None
    assert lane.utterances == []


def test_a_new_session_may_use_the_old_ones_names() -> None:
    lane = transcript()
    old = lane.named("u1", 1.0)
    lane.new_session()
    new = lane.named("u1", 9.0)
    assert new is not old
    assert lane.labelled(old.utterance) is old


def test_without_names_the_text_is_cut_after_a_sentence_and_some_quiet() -> None:
    lane = transcript()
    lane.caption(source("Buenos días."), 1.0)
    lane.caption(target("Good morning."), 1.5)
    assert lane.settle(1.5 + SETTLE_S - 0.01) == []
    finals = lane.settle(1.5 + SETTLE_S + 0.01)
    assert [(one.side, one.text, one.final) for one in finals] == [
        (Side.SOURCE, "Buenos días.", True),
        (Side.TARGET, "Good morning.", True),
    ]
    assert lane.settle(9.0) == [], "once"
    lane.caption(target("Next."), 10.0)
    assert [one.target_text for one in lane.utterances] == ["Good morning.", "Next."]


def test_without_a_sentence_end_it_takes_longer() -> None:
    lane = transcript()
    lane.caption(target("Good morning"), 1.0)
    assert lane.settle(1.0 + SETTLE_S) == []
    assert len(lane.settle(1.0 + SETTLE_LATE_S)) == 1


def test_audio_keeps_it_open() -> None:
    lane = transcript()
    lane.caption(target("Good morning."), 1.0)
    lane.touch(1.8)
    assert lane.settle(1.0 + SETTLE_S) == []
    assert lane.cutting


def test_at_the_end_of_the_call_it_is_settled_at_once() -> None:
    lane = transcript()
    lane.caption(target("Good morn"), 1.0)
    assert [one.text for one in lane.settle(1.0, at_once=True)] == ["Good morn"]
    assert not lane.cutting


def test_an_utterance_of_which_nothing_came_is_empty() -> None:
    lane = transcript()
    noise = lane.named("u1", 1.0)
    said = lane.named("u2", 2.0)
    said.flag("unclear: low confidence")
    said.flag("unclear: low confidence")
    assert noise.empty
    assert not said.empty
    assert said.flags == ["unclear: low confidence"]


def test_an_utterance_knows_its_place_and_its_engine() -> None:
    lane = transcript()
    first, second = lane.named("u1", 1.0), lane.named("u2", 2.0)
    lane.retitle("fr", "de", "another")
    third = lane.named("u3", 3.0)
    assert [one.number for one in (first, second, third)] == [1, 2, 3]
    assert [one.engine for one in (first, second, third)] == ["fake", "fake", "another"]
    assert (third.source_language, third.target_language, third.role) == ("fr", "de", Role.CALLER)


def test_a_caption_names_its_utterance_and_tells_its_time_in_milliseconds() -> None:
    caption = transcript().caption(source("hola", "u1"), 1.23456)
    assert (caption.utterance, caption.at_s) == ("c1", 1.235)


def test_both_sides_grow_each_by_its_own() -> None:
    lane = transcript()
    for piece in (source("Buenos", "u1"), target("Good", "u1"), source(" días", "u1"), target(" day", "u1")):
        lane.caption(piece, 1.0)
    (one,) = lane.utterances
    assert (one.source_text, one.target_text) == ("Buenos días", "Good day")


def test_an_utterance_that_has_just_begun_is_not_over() -> None:
    lane = transcript()
    lane.named("", 100.0)
    assert lane.settle(100.0 + SETTLE_LATE_S - 0.1) == []
    assert lane.cutting
    lane.settle(100.0 + SETTLE_LATE_S)
    assert not lane.cutting


def test_blanks_behind_a_sentence_do_not_hide_its_end() -> None:
    lane = transcript()
    lane.caption(target("Good morning. "), 1.0)
    assert len(lane.settle(1.0 + SETTLE_S + 0.01)) == 1


def test_what_is_said_while_recording_is_paused_stays_out_though_its_utterance_began_before() -> None:
    lane = transcript()
    lane.caption(source("My number is ", "u1"), 1.0)
    lane.recording = False
    lane.caption(source("four one one", "u1"), 2.0)
    lane.recording = True
    lane.caption(source(" and so on", "u1"), 3.0)
    lane.caption(source("Thank you", "u2"), 4.0)
    assert [one.recorded for one in lane.utterances] == [False, True]


def test_what_was_spoken_in_the_other_language_goes_the_other_way() -> None:
    lane = transcript()
    lane.spoken_in("u1", "en", 1.0)
    lane.spoken_in("u2", "es", 2.0)
    assert [(one.source_language, one.target_language) for one in lane.utterances] == [("en", "es"), ("es", "en")]
    assert lane.caption(source("Good morning.", "u1", whole=True), 2.0).language == "en"
    assert lane.caption(target("Buenos días.", "u1", whole=True), 2.0).language == "es"
