"""Who places legs: agents' pages ring, everything else is the carrier's; both are known again after a restart."""

from __future__ import annotations

import pytest

from dragoman.browser.agent_desk import LEG_PREFIX, AgentDesk
from dragoman.browser.lines import Lines
from dragoman.domain.call import CallId, Role
from tests.fakes.agent_scene import IN_BROWSER
from tests.fakes.relay_parts import setup
from tests.fakes.telephony import FakeTelephony

pytestmark = pytest.mark.unit

CALL = CallId("call-1")


class Town:
    def __init__(self) -> None:
        self.carrier = FakeTelephony()
        self.desk = AgentDesk(30.0, clock=lambda: 0.0)
        self.lines = Lines(self.carrier, self.desk)


async def test_agents_in_browsers_are_rung_for_and_others_dialled() -> None:
    town = Town()
    leg = await town.lines.dial(setup(route=IN_BROWSER), Role.AGENT)
    assert leg.startswith(LEG_PREFIX)
    assert (town.desk.keepsake(CALL), town.carrier.dialled) == ((leg, ""), [])
    assert await town.lines.dial(setup(route=IN_BROWSER), Role.CALLER) == "CA-call-1-caller"
    assert await town.lines.dial(setup(), Role.AGENT) == "CA-call-1-agent"
    await town.lines.close_task("task", taken=True)
    await town.lines.hang_up(leg)
    await town.lines.hang_up("CA-call-1-caller", "AC1")
    assert town.desk.keepsake(CALL) == ("", "")
    assert (town.carrier.hung_up, town.carrier.closed) == (["CA-call-1-caller"], [("task", True)])


async def test_both_are_known_again() -> None:
    before, after = Town(), Town()
    assert before.lines.keepsake(CALL) == ""
    before.carrier.keepsakes[CALL] = '{"words": "w"}'
    leg = await before.lines.dial(setup(route=IN_BROWSER), Role.AGENT)
    remembered: list[tuple[str, str, str]] = []
    after.desk.remember = lambda *given: remembered.append(given)  # type: ignore[method-assign]
    after.lines.remember(CALL, before.lines.keepsake(CALL))
    assert remembered == [(CALL, leg, "")]
    assert after.carrier.keepsakes == {CALL: '{"words": "w"}'}


@pytest.mark.parametrize(
    ("keepsake", "carriers"),
    [("", ""), ('{"words": "w"}', '{"words": "w"}'), ("not JSON", None), ('{"leg": "CA1", "carrier": "c"}', "c")],
)
async def test_what_others_wrote_is_the_carriers_or_nothing(keepsake: str, carriers: str | None) -> None:
    town = Town()
    town.lines.remember(CALL, keepsake)
    assert town.carrier.keepsakes.get(CALL) == carriers
    assert town.desk.keepsake(CALL) == ("", "")
