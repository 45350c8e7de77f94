"""What a page is told of its room, as messages of the wire. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from dragoman.browser import wire
from dragoman.domain import room
from dragoman.domain.language import Language
from dragoman.domain.speech import Side


class Shown:
    """For one seat: `languages` by tag, and where its transcript is to be had, by form."""

    def __init__(self, languages: Mapping[str, Language], downloads: Mapping[str, str]) -> None:
        self._languages = languages
        self._downloads = dict(downloads)

    def message(self, event: room.PageEvent) -> wire.FromServer:
        match event:
            case room.Joined():
                return self._joined(event)
            case room.Parties():
                return wire.PartiesShown(parties(event.parties))
            case room.RoomCaption():
                return _caption(event)
            case room.Stands():
                return wire.StateShown(event.doing, event.party, event.trouble)
            case room.SpeaksNow():
                return wire.SpeaksConfirmed(event.side)
            case room.Carried(interpreting, recording):
                return wire.CarriedShown(interpreting, recording)
            case room.Ended():
                return wire.Ended(event.why, _summary(event.summary), self._downloads)

    def _joined(self, event: room.Joined) -> wire.Joined:
        return wire.Joined(
            room=event.room,
            party=event.party,
            host=event.host,
            resumed=event.resumed,
            resume_s=event.resume_s,
            left_s=event.left_s,
            languages=shown_languages(self._languages[tag] for tag in event.languages if tag in self._languages),
            parties=parties(event.parties),
            one_device=event.side is not None,
            side=event.side,
            auto=event.auto,
            at_s=event.at_s,
        )


def shown_languages(languages: Iterable[Language]) -> list[wire.LanguageShown]:
    return [wire.LanguageShown(one.tag, one.name, one.english) for one in languages]


def parties(views: Iterable[room.PartyView]) -> list[wire.PartyShown]:
    return [
        wire.PartyShown(one.party, one.name, one.language, one.here, one.muted, one.speaking, one.host) for one in views
    ]


def _caption(event: room.RoomCaption) -> wire.CaptionShown:
    side: Literal["source", "target"] = "source" if event.side is Side.SOURCE else "target"
    return wire.CaptionShown(
        event.utterance, event.party, event.name, side, event.language, event.text, event.final, event.at_s
    )


def _summary(summary: room.RoomSummary) -> wire.Summary:
    return wire.Summary(
        duration_s=summary.duration_s,
        turns=summary.turns,
        parties=summary.parties,
        languages=[str(tag) for tag in summary.languages],
        usd=summary.usd,
        usd_is_estimate=summary.usd_is_estimate,
    )
