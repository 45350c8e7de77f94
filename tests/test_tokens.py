"""Tokens open what they were made for and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.call import Role
from dragoman.errors import Refused
from dragoman.tokens import Tokens

pytestmark = pytest.mark.unit

SECRET = "a secret of good length"
NOW = 1_800_000_000.0


def tokens(now: float = NOW, secret: str = SECRET) -> Tokens:
    return Tokens(secret, lambda: now)


def test_a_stream_token_gives_its_nonce_and_survives_a_restart() -> None:
    token = tokens().stream("call-1", Role.CALLER)
    nonce = tokens().open_stream(token, "call-1", Role.CALLER)
    assert nonce
    assert nonce == tokens(NOW + 60).open_stream(token, "call-1", Role.CALLER)


def test_each_token_is_another() -> None:
    made = {tokens().stream("call-1", Role.CALLER) for _ in range(50)}
    assert len(made) == 50


def test_tokens_fit_a_stream_parameter() -> None:
    assert len(tokens().stream("c" * 64, Role.AGENT)) < 400


@pytest.mark.parametrize(
    ("call_id", "role", "opener"),
    [
        ("call-2", Role.CALLER, tokens()),
        ("call-1", Role.AGENT, tokens()),
        ("call-1", Role.CALLER, tokens(secret="another secret of length")),
        ("call-1", Role.CALLER, tokens(NOW + 3601)),
    ],
    ids=["another call", "another role", "another secret", "expired"],
)
def test_a_stream_token_opens_nothing_else(call_id: str, role: Role, opener: Tokens) -> None:
    token = tokens().stream("call-1", Role.CALLER)
    with pytest.raises(Refused):
        opener.open_stream(token, call_id, role)


def test_an_assistant_s_stream_token_gives_its_nonce_and_opens_nothing_else() -> None:
    token = tokens().assistant_stream("call-1")
    nonce = tokens().open_assistant_stream(token, "call-1")
    assert nonce == tokens(NOW + 60).open_assistant_stream(token, "call-1") != ""
    for opener, call_id in ((tokens(), "call-2"), (tokens(NOW + 3601), "call-1"), (tokens(secret="x" * 20), "call-1")):
        with pytest.raises(Refused):
            opener.open_assistant_stream(token, call_id)
    for other in (tokens().stream("call-1", Role.CALLER), tokens().panel("call-1")):
        with pytest.raises(Refused):
            tokens().open_assistant_stream(other, "call-1")
    with pytest.raises(Refused):
        tokens().open_stream(token, "call-1", Role.CALLER)
    with pytest.raises(Refused):
        tokens().open_panel(token, "call-1")


def test_panel_and_stream_tokens_are_different_kinds() -> None:
    with pytest.raises(Refused):
        tokens().open_stream(tokens().panel("call-1"), "call-1", Role.CALLER)
    with pytest.raises(Refused):
        tokens().open_panel(tokens().stream("call-1", Role.CALLER), "call-1")
    with pytest.raises(Refused):
        tokens().open_panel("p" + tokens().stream("call-1", Role.CALLER)[1:], "call-1")


def test_a_panel_token_lasts_as_long_as_a_call() -> None:
    token = tokens().panel("call-1")
    tokens(NOW + 14_399).open_panel(token, "call-1")
    with pytest.raises(Refused, match="expired"):
        tokens(NOW + 14_402).open_panel(token, "call-1")


def test_every_changed_character_is_noticed() -> None:
    token = tokens().panel("call-1")
    for at, old in enumerate(token):
        forged = token[:at] + ("A" if old != "A" else "B") + token[at + 1 :]
        with pytest.raises(Refused):
            tokens().open_panel(forged, "call-1")


@given(st.text(max_size=500), st.text(max_size=20))
def test_rubbish_is_refused_and_never_crashes(token: str, call_id: str) -> None:
    with pytest.raises(Refused):
        tokens().open_panel(token, call_id)


@given(st.text(), st.text())
def test_any_call_id_can_be_sealed(call_id: str, other: str) -> None:
    token = tokens().panel(call_id)
    tokens().open_panel(token, call_id)
    if other != call_id:
        with pytest.raises(Refused):
            tokens().open_panel(token, other)


def test_a_short_secret_is_no_secret() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        tokens(secret="short")
