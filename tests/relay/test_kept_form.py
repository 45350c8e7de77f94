"""Values as a store keeps them: what was written is read, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dragoman.relay.kept_form import KeptForm

pytestmark = pytest.mark.unit


@dataclass(frozen=True, slots=True)
class Before:
    name: str


@dataclass(frozen=True, slots=True)
class Now:
    name: str
    count: int = 3


FORM = KeptForm(Now, 7)


def test_what_was_written_is_read() -> None:
    assert FORM.of(FORM.written(Now("a", 5)), 7) == Now("a", 5)


def test_a_field_with_a_default_reads_what_was_written_before_it() -> None:
    assert FORM.of(KeptForm(Before, 7).written(Before("a")), 7) == Now("a", 3)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name": 1}', b'{"name": "\xff"}', b"[" * 100_000])
def test_anything_else_is_nothing(body: bytes) -> None:
    assert FORM.of(body, 7) is None


def test_another_version_is_nothing() -> None:
    assert FORM.of(FORM.written(Now("a")), 8) is None
