"""Calls of both kinds in one store: each is read as what it is."""

from __future__ import annotations

import pytest

from dragoman.relay.memories import AnyMemory, read, written
from tests.fakes.remembered import ANSWERED, INTERPRETED

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("remembered", [INTERPRETED, ANSWERED])
def test_each_is_read_as_what_it_is(remembered: AnyMemory) -> None:
    version, body = written(remembered)
    assert read(body, version) == remembered


def test_one_is_never_taken_for_the_other() -> None:
    versions = [written(one)[0] for one in (INTERPRETED, ANSWERED)]
    assert len({*versions}) == 2
    assert [read(written(INTERPRETED)[1], versions[1]), read(written(ANSWERED)[1], versions[0])] == [None, None]
