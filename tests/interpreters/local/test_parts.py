"""The real parts and the fakes keep the promises of `parts`, argument by argument."""

from __future__ import annotations

import inspect

import pytest

from dragoman.interpreters.local.parts import Ears, Text, Voice
from dragoman.interpreters.local.recognise import Recogniser
from dragoman.interpreters.local.synthesise import Speaker
from dragoman.interpreters.local.translate import Translator
from tests.fakes.local_parts import FakeEars, FakeText, FakeVoice

pytestmark = pytest.mark.unit

PROMISES = [
    (Ears, Recogniser),
    (Ears, FakeEars),
    (Text, Translator),
    (Text, FakeText),
    (Voice, Speaker),
    (Voice, FakeVoice),
]


@pytest.mark.parametrize(("promise", "part"), PROMISES, ids=lambda one: one.__name__)
def test_a_part_has_every_method_with_the_same_arguments(promise: type, part: type) -> None:
    methods = [name for name in vars(promise) if not name.startswith("_")]
    assert methods
    for name in methods:
        wanted, found = (inspect.signature(getattr(kind, name)).parameters for kind in (promise, part))
        assert list(found)[: len(wanted)] == list(wanted), name
        assert [one.default for one in found.values()][: len(wanted)] == [one.default for one in wanted.values()], name
