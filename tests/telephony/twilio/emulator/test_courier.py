"""Connection overrides in a URL's fragment."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.courier import Policy, Reply, Undelivered, bare

pytestmark = pytest.mark.unit

REFUSED = Undelivered("https://x", AlertCode.RETRIEVAL, "refused")
SLOW = Undelivered("https://x", AlertCode.TIMEOUT, "slow")


def test_without_a_fragment_there_is_one_retry_after_a_failed_connect() -> None:
    policy = Policy.of("https://example.com/voice?a=1")
    assert policy == Policy(5.0, 15.0, 15.0, 1, frozenset({"ct"}))
    assert policy.again_after(REFUSED)
    assert not policy.again_after(SLOW)
    assert not policy.again_after(Reply("https://x", 503, "", b""))


def test_a_fragment_is_read_and_bounded() -> None:
    policy = Policy.of("https://example.com/voice#ct=20000&rt=50&tt=9000&rc=9&rp=5xx,rt,never")
    assert policy == Policy(10.0, 0.1, 9.0, 5, frozenset({"5xx", "rt"}))
    assert policy.again_after(SLOW)
    assert policy.again_after(Reply("https://x", 503, "", b""))
    assert not policy.again_after(Reply("https://x", 404, "", b""))
    assert not policy.again_after(REFUSED)


def test_all_is_every_failure() -> None:
    policy = Policy.of("https://example.com#rp=all")
    assert policy.again_after(REFUSED)
    assert policy.again_after(Reply("https://x", 404, "", b""))
    assert not policy.again_after(Reply("https://x", 200, "", b""))


@pytest.mark.parametrize("fragment", ["rc=x", "rc=-1", "ct=", "&&", "rc=²"])
def test_nonsense_is_the_default(fragment: str) -> None:
    assert Policy.of("https://example.com#" + fragment) == Policy()


def test_fragment_and_user_info_are_not_asked_for() -> None:
    assert bare("https://user:word@example.com:8443/a?b=1#rc=2") == "https://example.com:8443/a?b=1"
