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


# ---- Browsers --------------------------------------------------------------------------------------------------------


def test_a_room_s_key_has_128_bits_and_is_its_own() -> None:
    keys = {tokens().room_key(f"room-{number}") for number in range(50)}
    assert len(keys) == 50
    assert {len(key) for key in keys} == {22}
    tokens(NOW + 1e6).check_room_key("room-1", tokens().room_key("room-1"))
    for room, key, opener in (
        ("room-2", tokens().room_key("room-1"), tokens()),
        ("room-1", tokens().room_key("room-1")[:-1], tokens()),
        ("room-1", "", tokens()),
        ("room-1", "\ud800", tokens()),
        ("room-1", tokens().room_key("room-1"), tokens(secret="another secret of length")),
    ):
        with pytest.raises(Refused):
            opener.check_room_key(room, key)


def test_an_agent_s_seat_in_a_call_is_no_seat_in_a_room() -> None:
    token = tokens().call_seat("call-1", "page-2~p", 60.0)
    assert tokens(NOW + 59).open_call_seat(token) == ("call-1", "page-2~p")
    for opener, other in (("open_call_seat", tokens().seat("call-1", "page-2~p", 60.0)), ("open_seat", token)):
        with pytest.raises(Refused, match="malformed"):
            getattr(tokens(), opener)(other)
    with pytest.raises(Refused, match="expired"):
        tokens(NOW + 61).open_call_seat(token)


def test_a_seat_s_token_says_whose_it_is() -> None:
    token = tokens().seat("room-1", "seat-2", 60.0)
    assert tokens(NOW + 59).open_seat(token) == ("room-1", "seat-2")
    assert len(token) < 400


def test_a_host_s_token_opens_one_room() -> None:
    token = tokens().host("room-1", 60.0)
    tokens().open_host(token, "room-1")
    for opener, room in ((tokens(), "room-2"), (tokens(NOW + 61), "room-1")):
        with pytest.raises(Refused):
            opener.open_host(token, room)


def test_an_invite_says_for_how_much_and_how_long() -> None:
    invite = tokens().open_invite(tokens().invite(3, 60.0))
    assert (invite.rooms, invite.until) == (3, NOW + 60)
    assert invite.nonce != tokens().open_invite(tokens().invite(3, 60.0)).nonce
    assert tokens(NOW + 20).left_s(invite.until) == 40.0


def test_a_login_says_who() -> None:
    login = tokens().open_login(tokens().login("operator", "mark"))
    assert (login.who, login.mark) == ("operator", "mark")


@pytest.mark.parametrize(("first", "second"), [("a.b", "c"), ("a", "b.c")])
def test_no_part_holds_a_full_stop(first: str, second: str) -> None:
    with pytest.raises(ValueError, match="full stop"):
        tokens().login(first, second)


def made() -> list[str]:
    one = tokens()
    return [one.seat("r", "s", 60.0), one.host("r", 60.0), one.invite(1, 60.0), one.login("r", "s"), one.panel("r")]


@pytest.mark.parametrize("opener", ["open_seat", "open_invite", "open_login"])
def test_each_kind_opens_only_its_own(opener: str) -> None:
    opened = 0
    for token in made():
        try:
            getattr(tokens(), opener)(token)
        except Refused:
            continue
        opened += 1
    assert opened == 1


@pytest.mark.parametrize("opener", ["open_seat", "open_invite", "open_login"])
def test_none_opens_when_it_is_too_old_or_changed(opener: str) -> None:
    for token in made():
        for broken in (token[:-1], token + "x", token.upper(), f"x{token}", token.replace(".", ".x", 1)):
            with pytest.raises(Refused):
                getattr(tokens(), opener)(broken)
        with pytest.raises(Refused):
            getattr(tokens(NOW + 1e6), opener)(token)


@given(st.text(max_size=60))
@pytest.mark.parametrize("opener", ["open_seat", "open_invite", "open_login"])
def test_whatever_is_shown_is_refused(opener: str, token: str) -> None:
    with pytest.raises(Refused):
        getattr(tokens(), opener)(token)
