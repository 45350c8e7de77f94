"""What an agent's page is shown of a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.browser import call_shown as module
from dragoman.browser.call_shown import AGENT, CALLER, NOBODY, CallShown, ending
from dragoman.domain.call import CallId, CallView, Role
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.domain.manner import Interpreting
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.room import Carried, Doing, Ending, Parties, Stands, Trouble
from dragoman.domain.speech import Side

pytestmark = pytest.mark.unit

BOTH = frozenset(Role)
VIEW = CallView(
    CallId("c1"), "interpreting", LanguageTag("es"), LanguageTag("en"), ("echo", "echo"), 12.0, here=BOTH, usd=0.5
)


def caption(text: str, role: Role = Role.CALLER, side: Side = Side.SOURCE, flags: tuple[str, ...] = ()) -> Caption:
    return Caption("u1", role, side, "es", text, final=True, at_s=1.0, flags=flags)


def test_first_the_page_learns_who_is_there() -> None:
    joined = CallShown("…01").joined(VIEW, [LanguageTag("en")], 60.0, resumed=True)
    assert (joined.party, joined.resumed, joined.left_s, joined.languages) == (AGENT, True, 60.0, ("en",))
    caller, agent = joined.parties
    assert (caller.party, caller.name, caller.language, caller.here) == (CALLER, "…01", "es", True)
    assert (agent.party, agent.name, agent.language, agent.here) == (AGENT, "", "en", True)


def test_changes_are_told_once() -> None:
    shown = CallShown("")
    shown.joined(VIEW, [], 0.0, resumed=False)
    assert shown.stands(VIEW, 0.1, 1.0, muted=False) == []
    (parties,) = shown.stands(VIEW, 0.1, 1.1, muted=True)
    assert isinstance(parties, Parties)
    assert [one.muted for one in parties.parties] == [False, True]
    (parties,) = shown.stands(replace(VIEW, agent_language=LanguageTag("fr")), 0.1, 1.2, muted=True)
    assert isinstance(parties, Parties)
    assert parties.parties[1].language == "fr"


def test_how_it_is_carried_is_told_when_it_changes_and_to_who_comes_later() -> None:
    shown = CallShown("")
    manner = replace(VIEW.manner, interpreting=Interpreting.CAPTIONS_ONLY)
    shown.joined(replace(VIEW, manner=manner), [], 0.0, resumed=False)
    assert shown.standing[0] == Carried(interpreting=True, recording=True)
    off = replace(VIEW, manner=replace(manner, interpreting=Interpreting.OFF, recording=False))
    assert shown.stands(off, 0.1, 1.0, muted=False) == [Carried(interpreting=False, recording=False)]
    assert shown.stands(off, 0.1, 1.1, muted=False) == []
    assert shown.standing[0] == Carried(interpreting=False, recording=False)


def test_what_goes_on_with_each() -> None:
    shown = CallShown("")
    shown.joined(VIEW, [], 0.0, resumed=False)
    now, told = 1.0, list[Stands]()

    def go_on(seconds: float, view: CallView) -> None:
        nonlocal now
        for _ in range(round(seconds * 10)):
            now += 0.1
            told.extend(one for one in shown.stands(view, 0.1, now, muted=False) if isinstance(one, Stands))

    go_on(1, replace(VIEW, speaking=frozenset({Role.CALLER})))
    go_on(1, VIEW)
    go_on(1, replace(VIEW, heard=frozenset({Role.CALLER})))
    go_on(1, VIEW)
    go_on(1, replace(VIEW, here=frozenset({Role.AGENT})))
    assert [(one.party, one.doing, one.trouble) for one in told] == [
        (CALLER, Doing.HEARING, Trouble.NONE),
        (CALLER, Doing.TRANSLATING, Trouble.NONE),
        (CALLER, Doing.SPEAKING, Trouble.NONE),
        (CALLER, Doing.LISTENING, Trouble.NONE),
        (CALLER, Doing.TROUBLE, Trouble.AWAY),
    ]


def test_who_is_still_to_be_called_is_not_away() -> None:
    shown, alone = CallShown(""), replace(VIEW, here=frozenset({Role.AGENT}))
    shown.joined(alone, [], 0.0, resumed=False)
    assert shown.stands(alone, 0.1, 1.0, muted=False) == []


def test_captions_are_kept_for_a_page_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    shown = CallShown("…01")
    assert shown.caption(caption("")) is None
    first = shown.caption(caption("Ho"))
    assert first is not None
    assert (first.party, first.name) == (CALLER, "…01")
    last = shown.caption(caption("Hola"))
    agent = shown.caption(caption("Hello", Role.AGENT, Side.TARGET))
    assert agent is not None
    assert (agent.party, agent.name) == (AGENT, "")
    assert shown.captions == (last, agent)
    shown.caption(replace(caption("more"), utterance="u2"))
    assert len(shown.captions) == 2


@pytest.mark.parametrize("flag", ["notice", "prior"])
def test_what_neither_of_them_said_is_nobodys_and_no_turn(flag: str) -> None:
    shown = CallShown("…01")
    told = shown.caption(caption("This call is interpreted.", side=Side.TARGET, flags=(flag,)))
    assert told is not None
    assert (told.party, told.side, told.name) == (NOBODY, Side.SOURCE, "")
    assert shown.ended(VIEW).summary.turns == 0


def test_the_end_says_what_the_call_came_to() -> None:
    shown = CallShown("")
    shown.joined(VIEW, [], 0.0, resumed=False)
    shown.caption(caption("Hola"))
    shown.caption(caption("Hello", side=Side.TARGET))
    over = replace(VIEW, outcome=Outcome(Result.CALLER, "hung up"))
    ended = shown.ended(over)
    assert (ended.why, shown.ended(over, Ending.LEFT).why) == (Ending.HUNG_UP, Ending.LEFT)
    summary = ended.summary
    assert (summary.turns, summary.parties, summary.duration_s, summary.usd) == (1, 2, 12.0, 0.5)
    assert summary.languages == ("es", "en")


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (None, Ending.STOPPED),
        (Outcome(Result.AGENT, "hung up"), Ending.LEFT),
        (Outcome(Result.US, "spending limit of the call"), Ending.SPENDING_LIMIT),
        (Outcome(Result.US, "length limit of the call"), Ending.TIME_LIMIT),
        (Outcome(Result.US, "the server stopped"), Ending.STOPPED),
        (Outcome(Result.US, "asked by the API"), Ending.CLOSED),
        (Outcome(Result.UPSTREAM, "the caller's stream was lost"), Ending.FAULT),
    ],
)
def test_why_it_is_over(outcome: Outcome | None, why: Ending) -> None:
    assert ending(outcome) is why
