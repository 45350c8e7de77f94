"""Scripts of calls in which a party speaks the listener's language: what is passed on, and when it stops."""

from __future__ import annotations

import pytest

from dragoman.domain.speech import Captioned, Ready, Side, SpeechBegan, Spoke, SpokeAll
from dragoman.language_rank import language_rank
from dragoman.ports import Rank
from dragoman.relay.same_speech import (
    SETTLED_S,
    Pass,
    PassEnd,
    SameSpeech,
    SameSpeechEffect,
    StopPassing,
)
from dragoman.relay.spoken_language import SpokenLanguage
from dragoman.relay.stretches import KEPT_S, LATE_S, PAUSE_S, TAIL_S
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

ENGLISH = "you can send it to my email address please"
SPANISH = "quiero cambiar mi cita de mañana por la tarde"


@pytest.fixture(scope="module")
def rank() -> Rank:
    return language_rank()


class Talk:
    """Drives a detector through virtual time; every frame of voice is another one."""

    def __init__(self, rank: Rank, *, source: str = "es", target: str = "en") -> None:
        self.same = SameSpeech(SpokenLanguage(source, target, rank))
        self.now = 50.0
        self.said = 0
        self.effects: list[SameSpeechEffect] = []

    def _frame(self, audio: bytes) -> None:
        self.now += 0.02
        self.effects += self.same.heard(audio, self.now)

    def say(self, seconds: float) -> bytes:
        """The source speaks; its audio."""
        frames = [frame(self.said + n) for n in range(round(seconds * 50))]
        self.said += len(frames)
        for voice in frames:
            self._frame(voice)
        return b"".join(frames)

    def pause(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self._frame(SILENT)

    def words(self, text: str, key: str = "", *, whole: bool = False, side: Side = Side.SOURCE) -> None:
        self.effects += self.same.noticed(Captioned(side, text, key, whole=whole), self.now)

    def spoke(self, seconds: float = 0.4, key: str = "") -> None:
        """The engine speaks."""
        self.effects += self.same.noticed(Spoke(frame(9_999_999) * round(seconds * 50), key), self.now)

    def taken(self) -> list[SameSpeechEffect]:
        effects, self.effects = self.effects, []
        return effects

    def passed(self) -> bytes:
        return b"".join(effect.audio for effect in self.effects if isinstance(effect, Pass))

    def stops(self) -> list[PassEnd]:
        return [effect.why for effect in self.effects if isinstance(effect, StopPassing)]


@pytest.fixture
def talk(rank: Rank) -> Talk:
    return Talk(rank)


# ---- What passes -----------------------------------------------------------------------------------------------------


def test_english_to_an_english_ear_passes_whole_and_once(talk: Talk) -> None:
    kept = talk.say(2)
    talk.words("you can send it to ")
    assert talk.taken() == [Pass(kept, 1)]
    assert talk.same.passing
    live = talk.say(1)
    assert talk.passed() == live
    assert len(talk.taken()) == 50
    talk.words("my email address please")
    talk.pause(PAUSE_S)
    assert talk.stops() == [PassEnd.PAUSE]
    assert talk.passed() == SILENT * 40
    assert not talk.same.passing
    talk.taken()
    talk.pause(3)
    assert talk.taken() == []


def test_the_soft_beginning_of_a_word_is_kept(talk: Talk) -> None:
    talk.pause(1)
    soft = b"\xfe" * 160
    for _ in range(3):
        talk._frame(soft)
    voice = talk.say(2)
    talk.words(ENGLISH)
    assert talk.passed() == SILENT * 2 + soft * 3 + voice


def test_spanish_is_for_the_engine(talk: Talk) -> None:
    talk.say(2)
    talk.words(SPANISH)
    talk.say(1)
    talk.pause(3)
    assert talk.taken() == []


def test_words_may_come_bit_by_bit(talk: Talk) -> None:
    talk.say(1)
    for word in ENGLISH.split()[:3]:
        talk.words(" " + word)
    assert talk.taken() == []
    for word in ENGLISH.split()[3:]:
        talk.words(" " + word)
    assert talk.same.passing


def test_short_pauses_are_part_of_what_passes(talk: Talk) -> None:
    talk.say(2)
    talk.words(ENGLISH)
    talk.taken()
    talk.pause(0.7)
    more = talk.say(0.5)
    assert talk.passed() == SILENT * 35 + more
    assert talk.stops() == []


def test_words_that_come_after_the_end_pass_what_was_kept(talk: Talk) -> None:
    kept = talk.say(2)
    talk.pause(1.5)
    talk.words(ENGLISH)
    assert talk.taken() == [Pass(kept + SILENT * round(TAIL_S / 0.02), 1), StopPassing(PassEnd.PAUSE, 1)]


def test_words_that_come_far_too_late_pass_nothing(talk: Talk) -> None:
    talk.say(2)
    talk.pause(LATE_S + 1)
    talk.words(ENGLISH)
    assert talk.taken() == []


def test_without_words_nothing_passes(talk: Talk) -> None:
    for _ in range(3):
        talk.say(5)
        talk.pause(2)
    talk.words(ENGLISH, side=Side.TARGET)
    assert talk.taken() == []


def test_words_without_speech_pass_nothing(talk: Talk) -> None:
    talk.words(ENGLISH)
    talk.pause(2)
    talk.words(ENGLISH)
    assert talk.taken() == []


def test_what_is_kept_is_bounded_to_the_latest(talk: Talk) -> None:
    voice = talk.say(12)
    talk.words(ENGLISH)
    assert talk.passed() == voice[-KEPT_S * 8000 :]


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ("en", "es", "puede mandarlo a mi correo electrónico por favor"),
        ("es", "fr", "vous pouvez l'envoyer à mon adresse s'il vous plaît"),
        ("fr", "de", "einen moment bitte ich schaue gleich nach"),
        ("en", "ja", "明日の朝十時に予約を変更したいのですが"),
        ("ja", "zh", "请您把它发到我的电子邮箱里好吗"),
        ("zh", "en", ENGLISH),
        ("en", "hi", "कृपया इसे मेरे ईमेल पते पर भेज दीजिए"),
        ("hi", "en", ENGLISH),
    ],
)
def test_in_other_pairs(rank: Rank, source: str, target: str, text: str) -> None:
    talk = Talk(rank, source=source, target=target)
    kept = talk.say(2)
    talk.words(text)
    assert talk.taken() == [Pass(kept, 1)]


# ---- Few words -------------------------------------------------------------------------------------------------------


def test_okay_thank_you_alone_passes_when_it_proves_to_be_all(talk: Talk) -> None:
    """The decision: it is English, the translation stays silent for it, and two plain words are enough then."""
    kept = talk.say(1)
    talk.words("Okay, thank you.")
    ended = talk.now
    talk.pause(SETTLED_S - 0.1)
    assert talk.taken() == []
    talk.pause(0.2)
    assert talk.passed() == kept + SILENT * round(TAIL_S / 0.02)
    assert talk.stops() == [PassEnd.PAUSE]
    assert talk.now == pytest.approx(ended + SETTLED_S + 0.1)


def test_okay_thank_you_before_spanish_is_for_the_engine(talk: Talk) -> None:
    talk.say(1)
    talk.words("Okay, thank you. ")
    talk.pause(0.5)
    talk.say(2)
    talk.words("Entonces vengo mañana por la tarde.")
    talk.pause(3)
    assert talk.taken() == []


def test_spanish_words_that_come_late_take_it_back(talk: Talk) -> None:
    talk.say(2)
    talk.words("Okay, thank you")
    talk.pause(1)
    talk.words(" y hasta mañana señora")
    talk.pause(3)
    assert talk.taken() == []


@pytest.mark.parametrize("text", ["No.", "OK.", "Okay.", "555 0142", "John Smith.", "Hello?", "Sí."])
def test_words_that_decide_nothing(talk: Talk, text: str) -> None:
    talk.say(0.6)
    talk.words(text)
    talk.pause(4)
    assert talk.taken() == []


# ---- When it stops ---------------------------------------------------------------------------------------------------


def test_words_that_turn_back_end_it(talk: Talk) -> None:
    talk.say(2)
    talk.words(ENGLISH)
    talk.taken()
    talk.words(" porque no tengo impresora en casa")
    assert talk.taken() == [StopPassing(PassEnd.TURNED_BACK, 1)]
    talk.say(2)
    talk.words(" and I live far away from there so you can send it")
    talk.pause(2)
    assert talk.taken() == []


def test_the_engine_that_speaks_after_all_ends_it_at_once(talk: Talk) -> None:
    talk.say(2)
    talk.words(ENGLISH)
    talk.taken()
    talk.spoke()
    assert talk.taken() == [StopPassing(PassEnd.ENGINE_SPOKE, 1)]
    talk.spoke()
    talk.say(2)
    talk.words(ENGLISH)
    talk.pause(2)
    assert talk.taken() == []


def test_the_engine_that_spoke_before_keeps_it_from_passing(talk: Talk) -> None:
    talk.say(2)
    talk.spoke()
    talk.words(ENGLISH)
    talk.pause(3)
    assert talk.taken() == []


def test_the_engine_that_speaks_when_it_is_over_takes_back_what_is_queued(talk: Talk) -> None:
    talk.say(2)
    talk.words(ENGLISH)
    talk.pause(1)
    assert talk.stops() == [PassEnd.PAUSE]
    talk.taken()
    talk.spoke()
    assert talk.taken() == [StopPassing(PassEnd.ENGINE_SPOKE, 1)]
    talk.spoke()
    assert talk.taken() == []


# ---- One after the other ---------------------------------------------------------------------------------------------


def test_the_rest_of_the_last_translation_does_not_end_it(talk: Talk) -> None:
    talk.say(4)
    talk.words(SPANISH)
    talk.spoke(1.5)
    talk.pause(1)
    kept = talk.say(1)
    talk.spoke(1)
    talk.words(ENGLISH)
    talk.spoke(1)
    assert talk.passed().lstrip(b"\xff") == kept.lstrip(b"\xff")
    assert talk.stops() == []


def test_the_rest_may_come_after_a_pause_of_the_interpreter(talk: Talk) -> None:
    talk.say(3)
    talk.words(SPANISH)
    talk.spoke(0.2)
    talk.say(1)
    talk.pause(1)
    talk.say(0.5)
    talk.words(ENGLISH)
    talk.spoke(1)
    assert talk.same.passing
    assert talk.stops() == []


def test_a_translation_not_begun_yet_is_for_the_speech_before(talk: Talk) -> None:
    talk.say(2)
    talk.words(SPANISH)
    talk.pause(1)
    talk.say(2)
    talk.words(ENGLISH)
    talk.spoke(1)
    assert talk.same.passing
    assert talk.stops() == []


def test_more_interpreted_speech_than_the_last_could_need_ends_it(talk: Talk) -> None:
    talk.say(1)
    talk.words(SPANISH)
    talk.spoke(1.5)
    talk.pause(1)
    talk.say(1)
    talk.words(ENGLISH)
    for _ in range(2):
        talk.spoke(1)
    assert talk.same.passing
    for _ in range(2):
        talk.spoke(1)
    assert talk.stops() == [PassEnd.ENGINE_SPOKE]


def test_each_stretch_is_decided_for_itself(talk: Talk) -> None:
    talk.say(2)
    talk.words(ENGLISH)
    talk.pause(2)
    assert talk.stops() == [PassEnd.PAUSE]
    talk.taken()
    talk.say(2)
    talk.words(SPANISH)
    talk.spoke()
    talk.pause(8)
    assert talk.taken() == []
    kept = talk.say(2)
    talk.words(ENGLISH)
    first = talk.taken()[0]
    assert isinstance(first, Pass)
    assert first.audio.endswith(kept)
    assert first.stretch == 3


def test_named_words_belong_to_the_speech_that_was_named(talk: Talk) -> None:
    kept = talk.say(2)
    talk.effects += talk.same.noticed(SpeechBegan("item-1", 0), talk.now)
    talk.pause(1)
    talk.say(0.5)
    talk.words(ENGLISH, "item-1", whole=True)
    assert talk.passed() == kept + SILENT * 5
    assert talk.taken()[-1] == StopPassing(PassEnd.PAUSE, 1)


def test_whole_words_replace_what_was_there(talk: Talk) -> None:
    talk.say(2)
    talk.words("you can se", "item-1")
    talk.words(SPANISH, "item-1", whole=True)
    talk.words(ENGLISH, "item-1", whole=True)
    assert talk.same.passing


def test_a_new_interpreter_starts_afresh(talk: Talk) -> None:
    talk.say(2)
    talk.pause(1)
    talk.same.interpreter_began()
    talk.words(ENGLISH)
    assert talk.taken() == []
    talk.pause(4)
    talk.say(2)
    talk.words(ENGLISH, "item-1")
    assert talk.same.passing


def test_other_events_and_nothing_mean_nothing(talk: Talk) -> None:
    talk.say(2)
    for event in (Ready(), SpokeAll("x"), Spoke(b""), Captioned(Side.SOURCE, "")):
        assert talk.same.noticed(event, talk.now) == ()
    assert talk.same.heard(b"", talk.now) == ()
    talk.words(ENGLISH)
    assert talk.same.passing


def test_each_effect_says_which_stretch_it_is_about(talk: Talk) -> None:
    talk.say(1)
    talk.words(SPANISH)
    talk.pause(1)
    for _ in range(2):
        talk.say(1)
        talk.words(ENGLISH)
        talk.say(1)
        talk.pause(1)
    passes = {effect.stretch for effect in talk.effects if isinstance(effect, Pass)}
    stops = [effect for effect in talk.effects if isinstance(effect, StopPassing)]
    assert passes == {2, 3}
    assert stops == [StopPassing(PassEnd.PAUSE, 2), StopPassing(PassEnd.PAUSE, 3)]
