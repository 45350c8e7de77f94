"""Whose words are still on their way."""

from __future__ import annotations

import pytest

from dragoman.cli.demo.pending import Pending
from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side

pytestmark = pytest.mark.unit


def caption(utterance: str, role: Role, side: Side, *flags: str, final: bool = True) -> Caption:
    return Caption(utterance, role, side, "es", "text", final, 1.0, flags)


def test_what_was_said_is_waited_for_until_it_was_told_in_full() -> None:
    pending = Pending()
    assert not pending.waiting(Role.CALLER)
    pending.take(caption("c1", Role.CALLER, Side.SOURCE, final=False))
    assert pending.waiting(Role.CALLER)
    assert not pending.waiting(Role.AGENT)
    pending.take(caption("c1", Role.CALLER, Side.SOURCE))
    pending.take(caption("c1", Role.CALLER, Side.TARGET, final=False))
    assert pending.waiting(Role.CALLER)
    pending.take(caption("c1", Role.CALLER, Side.TARGET))
    assert not pending.waiting(Role.CALLER)
    assert pending.changes == 4


def test_each_utterance_counts() -> None:
    pending = Pending()
    for name in ("c1", "c2"):
        pending.take(caption(name, Role.CALLER, Side.SOURCE))
    pending.take(caption("c1", Role.CALLER, Side.TARGET))
    assert pending.waiting(Role.CALLER)


def test_an_answer_that_is_asked_for_again_is_waited_for_again() -> None:
    pending = Pending()
    pending.take(caption("c1", Role.CALLER, Side.TARGET, "guard: answered"))
    assert not pending.waiting(Role.CALLER)
    pending.take(caption("c1", Role.CALLER, Side.TARGET, "guard: answered", final=False))
    assert pending.waiting(Role.CALLER)


def test_what_was_refused_is_not_waited_for() -> None:
    pending = Pending()
    pending.take(caption("a1", Role.AGENT, Side.SOURCE))
    assert pending.refused(Role.AGENT) == 0
    pending.take(caption("a1", Role.AGENT, Side.SOURCE, "unclear: low confidence"))
    assert not pending.waiting(Role.AGENT)
    assert (pending.refused(Role.AGENT), pending.refused(Role.CALLER)) == (1, 0)
