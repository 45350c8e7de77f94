from __future__ import annotations

import pytest

from dragoman.domain.ear import OriginalMode

pytestmark = pytest.mark.unit


def test_the_modes_are_the_settings_words() -> None:
    assert {mode.value for mode in OriginalMode} == {"off", "duck", "full"}
    assert OriginalMode("duck") is OriginalMode.DUCK


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValueError, match="loud"):
        OriginalMode("loud")
