from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Side, Spoke, SpokeAll
from dragoman.interpreters.openai.assistant_voice import Voice
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.items import Content, MessageItem, Response
from tests.fakes.assistant_line import AssistantDesk

pytestmark = pytest.mark.unit

MULAW = AudioFormat.PCMU_8K


class Speaker:
    def __init__(self, fmt: AudioFormat = MULAW) -> None:
        self.desk = AssistantDesk()
        self.voice = Voice(MULAW if fmt is MULAW else AudioFormat.PCM16_24K, fmt, self.desk.outlet)

    def sound(self, item: str = "i", response: str = "r", audio: bytes = b"\x55" * 800) -> None:
        event = wire.AudioDelta(response_id=response, item_id=item, output_index=0, content_index=0, delta=audio)
        self.voice.sound(event)


def test_mulaw_is_passed_on_untouched() -> None:
    one = Speaker()
    one.sound(audio=bytes(range(256)))
    one.voice.item_over("i")
    one.voice.item_over("i")
    one.voice.item_over("nobody")
    assert one.desk.take_told() == [Spoke(bytes(range(256)), "i"), SpokeAll("i")]
    assert one.voice.spoken_s("r") == 0.032


def test_other_formats_are_converted_to_their_end() -> None:
    one = Speaker(AudioFormat.PCM16_16K)
    one.sound(audio=b"\0" * 4800)
    one.voice.over("r")
    told = one.desk.take_told()
    sound = b"".join(event.audio for event in told if isinstance(event, Spoke))
    assert 3200 <= len(sound) < 3300  # the resampler's tail
    assert told[-1] == SpokeAll("i")


def test_words_grow_and_are_whole_once() -> None:
    one = Speaker()
    one.voice.words("r", "i", "Good ", whole=False)
    one.voice.words("r", "i", "Good day.", whole=True)
    one.voice.words("r", "i", "late", whole=False)
    content = [Content(type="output_audio", transcript="Good day.")]
    summary = Response(id="r", status="completed", output=[MessageItem(role="assistant", content=content, id="i")])
    one.voice.over("r", summary)
    assert one.desk.take_told() == [
        Captioned(Side.TARGET, "Good ", "i"),
        Captioned(Side.TARGET, "Good day.", "i", whole=True, final=True),
    ]


def test_words_that_only_the_summary_holds_are_told() -> None:
    one = Speaker()
    content = [Content(type="output_audio", transcript="Good day.")]
    summary = Response(id="r", status="completed", output=[MessageItem(role="assistant", content=content, id="i")])
    one.voice.over("r", summary)
    assert one.desk.take_told() == [Captioned(Side.TARGET, "Good day.", "i", whole=True, final=True)]


def test_after_a_stop_nothing_is_heard_and_the_caption_is_closed() -> None:
    one = Speaker()
    one.sound()
    one.voice.words("r", "i", "Good ", whole=False)
    one.voice.stop("r")
    one.voice.cut({"i": 40})
    one.voice.words("r", "i", "day", whole=False)
    one.sound()
    one.voice.over("r")
    told = one.desk.take_told()
    assert [type(event) for event in told] == [Spoke, Captioned, Captioned, SpokeAll]
    assert told[2] == Captioned(Side.TARGET, "Good ", "i", whole=True, final=True)
    (cut,) = one.desk.take_sent()
    assert (cut.item_id, cut.content_index, cut.audio_end_ms) == ("i", 0, 40)


def test_an_item_that_begins_after_the_stop_is_cut_at_its_begin() -> None:
    one = Speaker()
    one.voice.stop("r")
    one.sound("late")
    one.sound("late")
    assert one.voice.stopped("r")
    assert one.desk.take_told() == []
    assert [(cut.item_id, cut.audio_end_ms) for cut in one.desk.take_sent()] == [("late", 0)]


def test_sound_behind_the_end_of_an_item_is_dropped() -> None:
    one = Speaker()
    one.sound()
    one.voice.over("r")
    one.desk.take_told()
    one.sound()
    assert one.desk.take_told() == []
