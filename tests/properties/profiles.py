"""How many random examples a property tries: a few by default, many when marked slow."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

__all__ = ["FEW", "MANY"]

_HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large]

# The same examples in every run, so that a change is to blame for a failure; and no minutes spent
# on making a failing one smaller, which the slow variant does.
FEW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=_HEALTH,
)
MANY = settings(max_examples=1500, deadline=None, suppress_health_check=_HEALTH)
