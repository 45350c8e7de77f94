"""Templates as flows use them."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.emulator.liquid import render

pytestmark = pytest.mark.unit

SCOPE = {"widgets": {"Menu": {"Digits": "2"}}, "trigger": {"call": {"From": "+34 600"}}}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("{{widgets.Menu.Digits}}", "2"),
        ("a{{ widgets.Menu.Digits }}b{{widgets.Other.Digits}}c", "a2bc"),
        ("{{trigger.call.From | replace: '+', '%2B'}}", "%2B34 600"),
        ("{{trigger.call.From | url_encode}}", "%2B34+600"),
        ("{{ widgets.Menu.SpeechResult | default: 'none' | upcase }}", "NONE"),
        ("{{widgets}}", ""),
    ],
)
def test_places_are_filled_in(template: str, text: str) -> None:
    assert render(template, SCOPE) == text


def test_an_unknown_filter_is_an_error() -> None:
    with pytest.raises(ValueError, match="shout"):
        render("{{trigger.call.From | shout}}", SCOPE)
