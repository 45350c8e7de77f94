"""How hard to try: a few seconds in the suite, for as long as one likes with `--hypothesis-profile=long`."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, Phase, settings

USUAL: Final = 100
"""Examples of a whole effort in the usual profile."""


def effort(share: float, *, steps: int = 40) -> settings:
    """`share` of the profile's examples (at least five); `steps` of each, where examples have steps."""
    examples = max(5, round(settings().max_examples * share))
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # not `explain`: it traces every line
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
