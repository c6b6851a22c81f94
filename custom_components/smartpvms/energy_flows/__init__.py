"""The energy flows of a plant: PV, grid, battery and home, from which device, which way.

Nothing here knows Home Assistant. `PlantEnergy` makes a picture of each cycle of
readings; `MeterComparison` and `SignLearner` find out what measuring points measure.
One convention: W and kWh, grid + is import, battery + is discharge.
"""

from .meters import Confidence, MeterComparison, Proposal, Reason
from .model import (
    Assignment,
    Cycle,
    Direction,
    Powers,
    PowerSign,
    Role,
    Shares,
    Total,
    Unit,
)
from .plant_energy import PlantEnergy, PlantPicture
from .points import Point, points_of
from .signs import SignLearner

__all__ = [
    "Assignment",
    "Confidence",
    "Cycle",
    "Direction",
    "MeterComparison",
    "PlantEnergy",
    "PlantPicture",
    "Point",
    "PowerSign",
    "Powers",
    "Proposal",
    "Reason",
    "Role",
    "Shares",
    "SignLearner",
    "Total",
    "Unit",
    "points_of",
]
