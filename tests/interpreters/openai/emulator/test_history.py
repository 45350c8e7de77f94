"""The conversation's items: their places and what truncation takes away."""

from __future__ import annotations

import pytest

from dragoman.interpreters.openai.emulator.history import FIRST, Entry, History
from dragoman.interpreters.openai.emulator.sound import length_ms, silence
from dragoman.interpreters.realtime.wire.items import Content, FunctionCallOutputItem, MessageItem, text_of

pytestmark = pytest.mark.unit


def said(item_id: str, words: str = "one two three four", ms: int = 2000) -> Entry:
    content = [Content(type="output_audio", transcript=words)]
    return Entry(MessageItem(role="assistant", content=content, id=item_id), silence(ms))


def heard(item_id: str, ms: int = 1000) -> Entry:
    item = MessageItem(role="user", content=[Content(type="input_audio")], id=item_id)
    return Entry(item, silence(ms), utterance=0)


def ids(history: History) -> list[str]:
    return [one.item_id for one in history.entries]


def test_items_go_last_first_or_behind_another() -> None:
    history = History()
    assert history.add(said("a")) is None
    assert history.add(said("b")) == "a"
    assert history.add(said("c"), FIRST) is None
    assert history.add(said("d"), "a") == "a"
    assert ids(history) == ["c", "a", "d", "b"]
    assert (history.before("a"), history.before("c"), history.last_id) == ("c", None, "b")


def test_behind_nothing_is_an_error_and_changes_nothing() -> None:
    history = History()
    history.add(said("a"))
    with pytest.raises(KeyError):
        history.add(said("b"), "none")
    assert ids(history) == ["a"]


def test_deleting_says_whether_it_was_there() -> None:
    history = History()
    history.add(said("a"))
    assert history.delete("a")
    assert not history.delete("a")
    assert history.last_id is None


@pytest.mark.parametrize(("end_ms", "words"), [(0, ""), (1000, "one two"), (2000, "one two three four")])
def test_truncation_takes_sound_and_words(end_ms: int, words: str) -> None:
    entry = said("a")
    entry.cut(end_ms)
    assert length_ms(entry.sound) == end_ms
    assert text_of(entry.item) == words


def test_truncation_changes_what_the_cache_sees() -> None:
    entry = said("a")
    before = entry.segment()
    entry.cut(1000)
    assert entry.segment().key != before.key
    assert (before.audio_tokens, entry.segment().audio_tokens) == (40, 20)


def test_who_said_it_decides_the_tokens() -> None:
    assert heard("u").segment().audio_tokens == 10
    assert heard("u").segment().text_tokens == 0
    assert heard("u").from_user
    assert not heard("u").spoken
    assert said("a").spoken
    output = Entry(FunctionCallOutputItem(call_id="c", output="{}", id="f"))
    assert not output.spoken
    assert not output.from_user
    output.cut(0)
