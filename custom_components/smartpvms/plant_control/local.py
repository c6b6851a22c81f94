"""Numbers that are kept in Home Assistant, for the buttons and the switch of a plant."""

from enum import StrEnum


class Local(StrEnum):
    """What a number is for."""

    FEED_IN_LIMIT = "feed_in_limit"
    FORCED_POWER = "forced_power"
    FORCED_TARGET_SOC = "forced_target_soc"
    FORCED_DURATION = "forced_duration"


class LocalNumbers:
    """The numbers of all plants; their entities restore and keep them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[tuple[str, Local], float] = {}

    def get(self, plant_code: str, number: Local) -> float | None:
        """Return a number of a plant, None where it was never set."""
        return self._numbers.get((plant_code, number))

    def keep(self, plant_code: str, number: Local, value: float | None) -> None:
        """Keep a number of a plant."""
        if value is None:
            self._numbers.pop((plant_code, number), None)
        else:
            self._numbers[plant_code, number] = value
