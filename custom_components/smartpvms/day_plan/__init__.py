"""A plan of up to two days for a battery, as the windows of one time-of-use task.

Nothing here knows Home Assistant. `build` makes windows of slots or says why not;
`runs` tells what windows mean over a period. A charge slot becomes a charge window,
self-use a discharge window, and hold none: that a battery outside all windows takes PV
surplus and does nothing else is known of Huawei's local interface only; nobody has
confirmed it over the cloud.
"""

from .building import DayPlan, Gaps, build
from .model import Action, PlanRefusedError, PlanSlot, Proposal, Refusal
from .reading import runs

__all__ = [
    "Action",
    "DayPlan",
    "Gaps",
    "PlanRefusedError",
    "PlanSlot",
    "Proposal",
    "Refusal",
    "build",
    "runs",
]
