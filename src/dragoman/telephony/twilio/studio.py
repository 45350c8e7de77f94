"""The Studio flow that greets a caller and hands the call, with its language, to us: as JSON for Studio's console.

Source: Twilio's Studio flow definition and widget pages. One language after the other is offered in itself, each by a
widget that listens while it speaks and a moment after; a key or a spoken name at any time decides. A caller who says
nothing, or something else, goes on to our own menu, which asks again and then says good-bye. If we cannot be reached,
the caller hears so in the chosen language. An event without a next widget ends the call: only the last words have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dragoman.domain.call import Notice
from dragoman.domain.language import Language
from dragoman.errors import SettingsError
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.telephony.twilio.addresses import INCOMING, Addresses

Widget = dict[str, Any]

PAUSE_S: Final = 1
"""How long a widget listens after its line, before the next language."""

LAST_PAUSE_S: Final = 5

TIME_LIMIT: Final = "14400"
"""Of a call at our side, in seconds. Studio's validator demands a string."""

_TRIGGERS: Final = (
    "incomingMessage",
    "incomingCall",
    "incomingConversationMessage",
    "incomingRequest",
    "incomingParent",
)
_COLUMN, _ROW = 380, 260


def flow(book: LanguageBook, public_url: str, notices: Notices) -> dict[str, Any]:
    """The flow's definition. Raise SettingsError when no language has a key in the menu."""
    offered = [language for language in book.offered if language.key]
    if not offered:
        raise SettingsError(["DRAGOMAN_LANGUAGES: no language that can be offered has a key. Give one a key."])
    writer = _Writer(offered, Addresses(public_url), notices)
    return {
        "description": "Asks for the caller's language and hands the call to Dragoman",
        "states": writer.states(),
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
    }


class _Writer:
    """Writes the widgets of one flow: a row per language, and what they share."""

    def __init__(self, offered: Sequence[Language], addresses: Addresses, notices: Notices) -> None:
        self._offered = offered
        self._addresses = addresses
        self._notices = notices

    def states(self) -> list[Widget]:
        first = self._offered[0]
        states = [self._trigger(first), self._choose()]
        for row, language in enumerate(self._offered, start=1):
            states += self._row(language, row)
        row = len(self._offered) + 1
        states.append(self._redirect("to_menu", self._addresses.of(INCOMING), "sorry_any", _at(4, row)))
        states.append(self._sorry("sorry_any", first, _at(5, row)))
        return states

    def _trigger(self, first: Language) -> Widget:
        transitions = [
            _to(event, _name("ask", first)) if event == "incomingCall" else {"event": event} for event in _TRIGGERS
        ]
        return _widget("Trigger", "trigger", transitions, _at(0, 0))

    def _row(self, language: Language, row: int) -> list[Widget]:
        place = self._offered.index(language)
        last = place == len(self._offered) - 1
        otherwise = "to_menu" if last else _name("ask", self._offered[place + 1])
        url = self._addresses.of(INCOMING, lang=language.tag)
        asked = _name("ask", language)
        return [
            self._ask(language, otherwise, first=place == 0, last=last, offset=_at(0, row)),
            self._keep(_name("key", language), f"{{{{widgets.{asked}.Digits}}}}", _at(1, row)),
            self._keep(_name("word", language), f"{{{{widgets.{asked}.SpeechResult}}}}", _at(2, row)),
            self._redirect(_name("to", language), url, _name("sorry", language), _at(4, row)),
            self._sorry(_name("sorry", language), language, _at(5, row)),
        ]

    def _ask(self, language: Language, otherwise: str, *, first: bool, last: bool, offset: Widget) -> Widget:
        line = self._notices.menu_line(language)
        transitions = [
            _to("keypress", _name("key", language)),
            _to("speech", _name("word", language)),
            _to("timeout", otherwise),
        ]
        properties = {
            "say": f"{self._notices.greeting(language)} {line}" if first else line,
            **_voice(language),
            "loop": 1,
            "timeout": LAST_PAUSE_S if last else PAUSE_S,
            "speech_timeout": "auto",
            "finish_on_key": "#",
            "stop_gather": True,
            "number_of_digits": 1,
            "gather_language": language.locale,
            "hints": ",".join(name for one in self._offered for name in (one.name, one.english)),
            "profanity_filter": "true",
        }
        return _widget(_name("ask", language), "gather-input-on-call", transitions, offset, properties)

    def _keep(self, name: str, value: str, offset: Widget) -> Widget:
        """Put an answer where the one split looks for it, whichever widget heard it."""
        properties = {"variables": [{"key": "choice", "value": value}]}
        return _widget(name, "set-variables", [_to("next", "choose")], offset, properties)

    def _choose(self) -> Widget:
        choice = "{{flow.variables.choice}}"
        transitions = [_to("noMatch", "to_menu")]
        for language in self._offered:
            transitions.append(_match(language, "equal_to", choice, language.key))
            names = dict.fromkeys((language.name, language.english))
            transitions += [_match(language, "contains", choice, name) for name in names]
        return _widget("choose", "split-based-on", transitions, _at(3, 1), {"input": choice})

    def _redirect(self, name: str, url: str, sorry: str, offset: Widget) -> Widget:
        """Hand the call to us. We never give it back, so `return` too means that something went wrong."""
        transitions = [_to(event, sorry) for event in ("return", "timeout", "fail")]
        properties = {"url": url, "method": "POST", "timeout": TIME_LIMIT}
        return _widget(name, "add-twiml-redirect", transitions, offset, properties)

    def _sorry(self, name: str, language: Language, offset: Widget) -> Widget:
        properties = {"say": self._notices.text(Notice.FAILED, language), **_voice(language), "loop": 1}
        return _widget(name, "say-play", [{"event": "audioComplete"}], offset, properties)


def _widget(
    name: str, kind: str, transitions: Sequence[Widget], offset: Widget, properties: Widget | None = None
) -> Widget:
    return {
        "name": name,
        "type": kind,
        "transitions": list(transitions),
        "properties": {"offset": offset, **(properties or {})},
    }


def _to(event: str, following: str) -> Widget:
    return {"event": event, "next": following}


def _match(language: Language, kind: str, choice: str, value: str) -> Widget:
    condition = {"friendly_name": f"If value {kind} {value}", "arguments": [choice], "type": kind, "value": value}
    return {**_to("match", _name("to", language)), "conditions": [condition]}


def _name(stem: str, language: Language) -> str:
    """A widget's name: letters, digits and underscores."""
    return f"{stem}_{language.tag.replace('-', '_')}"


def _voice(language: Language) -> Widget:
    return {"language": language.locale, **({"voice": language.say_voice} if language.say_voice else {})}


def _at(column: int, row: int) -> Widget:
    """Where the widget stands on Studio's canvas."""
    return {"x": column * _COLUMN, "y": row * _ROW}
