"""The limit on open files: raised at the start, and told by the doctor when it is too low."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from dragoman.cli.doctor.findings import Verdict
from dragoman.cli.doctor.inside import look_inside
from dragoman.cli.open_files import allowed, needed, take_all
from dragoman.web.http import HttpBounds
from tests.fakes.surroundings import settings

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_all_that_the_system_allows_is_taken() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
    take_all()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (allowed(), hard)


def test_what_is_more_already_stays() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    take_all()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= before[0]


def test_strangers_connections_leave_room_for_the_calls() -> None:
    assert needed(100) > HttpBounds().connections + 4 * 100


@pytest.mark.parametrize(("hard", "verdict"), [(1024, Verdict.WRONG), (65_536, Verdict.OK)])
def test_the_doctor_tells_what_is_too_low(monkeypatch: pytest.MonkeyPatch, hard: int, verdict: Verdict) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (1024, hard))
    _, findings = look_inside(settings(DRAGOMAN_MAX_CALLS="1000"))
    (told,) = (one for one in findings if one.what == "open files")
    assert told.verdict is verdict
