"""What assistants' calls share: languages by tag, whoever configured them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dragoman.languages import language_of
from dragoman.relay.assistant_parts import utc_now
from tests.fakes.assistant_scene import assistant_parts
from tests.fakes.assistants import FakeAssistantEngine

pytestmark = pytest.mark.unit


def test_a_configured_language_is_taken_before_what_is_known_of_it() -> None:
    own = replace(language_of("ja"), say_voice="Polly.Mizuki")
    parts = assistant_parts(FakeAssistantEngine(), languages=(own,))
    assert parts.language("ja") is own
    assert parts.language("ja-JP") is own
    assert parts.language("ko").english == "Korean"


def test_the_time_of_day_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta()
