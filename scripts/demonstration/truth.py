"""What is physically so behind what the cloud publishes."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from .expected import (
    ACCOUNT,
    ALL_IN_ONE,
    BATTERY,
    CALLS,
    EMMA,
    ESS,
    GRID_METER,
    OWNER,
    PLANT,
    PLANT_IN_DETAIL,
    POWER_SENSOR,
    RESIDENTIAL_INVERTER,
    STRING_INVERTER,
    Kind,
    Quantities,
)

INVERTERS = {STRING_INVERTER, RESIDENTIAL_INVERTER, ALL_IN_ONE}
BATTERIES = {BATTERY, ESS, ALL_IN_ONE}
METERS = {GRID_METER, POWER_SENSOR}
DISCONNECTED, FAULTY = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDevice:
    """An owner, account, plant, device or battery pack.

    `key` is what its unique ids begin with.
    """

    key: str
    kind: Kind
    plant_code: str
    published_as: str
    name: str

    @property
    def is_plant(self) -> bool:
        """Whether it is a plant."""
        return self.kind in {PLANT, PLANT_IN_DETAIL}


class Truth:
    """What is physically so at the instants of the samples that are published."""

    def __init__(
        self,
        told: dict[str, dict[str, Any]],
        types: dict[str, int],
        calls: dict[str, int] | None = None,
    ) -> None:
        """Read what the simulator tells by plant code; `types` are by devDn.

        `calls` are those that an owner has made, by class.
        """
        self._told = told
        self._types = types
        self._calls = calls or {}

    @property
    def taken_at(self) -> list[str]:
        """The instants of the samples."""
        return [
            sample["taken_at"]
            for plant in self._told.values()
            for sample in plant["published"].values()
        ]

    def of(self, device: SimulatedDevice) -> Quantities:
        """Return the quantities of the sample that the cloud publishes of a device."""
        if device.kind == OWNER:
            return self._calls_left()
        if device.kind == ACCOUNT:
            return self._totals() | self._calls_left()
        plant = self._told[device.plant_code]
        quantities: Quantities = plant["published"][device.published_as]
        if device.is_plant:
            # Alarms are no readings: they are told as soon as they are there.
            now: Quantities = plant["now"]
            alarms = {name: now[name] for name in now if name.endswith("_alarms")}
            return quantities | alarms | self._flows(device.plant_code)
        return quantities

    def _samples(
        self, plant_code: str, types: Container[int | None]
    ) -> list[dict[str, Any]]:
        return [
            sample
            for dn, sample in self._told[plant_code]["published"].items()
            if self._types.get(dn) in types
        ]

    def _calls_left(self) -> Quantities:
        return {
            f"{counted}_calls_left": limit - self._calls.get(counted, 0)
            for counted, limit in CALLS.items()
        }

    def _totals(self) -> Quantities:
        """Return sums over the plants, of values as they are published."""
        plants = [plant["published"]["plant"] for plant in self._told.values()]
        health = Counter(plant["health"] for plant in plants)
        return {
            "pv_power": sum(
                round(inverter["pv_power"])
                for code in self._told
                for inverter in self._samples(code, INVERTERS)
            ),
            "yield_today": sum(round(plant["yield_today"], 2) for plant in plants),
            "plants_offline": health[DISCONNECTED],
            "plants_faulty": health[FAULTY],
            "active_alarms": sum(
                plant["now"]["active_alarms"] for plant in self._told.values()
            ),
        }

    def _flows(self, plant_code: str) -> Quantities:
        """Return what follows from the samples of several devices, as published."""
        inverters = self._samples(plant_code, INVERTERS)
        if not inverters:
            return {}
        plant = self._told[plant_code]["published"]["plant"]
        # A battery behind the inverter counts in the yield of the inverter.
        behind = self._samples(plant_code, {BATTERY, ALL_IN_ONE})
        return {
            "pv_power_of_inverters": _sum(inverters, "pv_power", 0),
            "solar_energy": plant["yield_total"]
            if behind
            else _sum(inverters, "yield_total", 2),
            **self._grid(plant_code, inverters),
            **self._batteries(plant_code),
            **self._shares(plant_code, inverters),
        }

    def _grid(self, plant_code: str, inverters: list[dict[str, Any]]) -> Quantities:
        plant = self._told[plant_code]["published"]["plant"]
        of_day: Quantities = {
            "export_of_meter_or_day": plant["feed_in_today"],
            "consumption_of_meter_or_day": plant["consumption_today"],
        }
        if not self._samples(plant_code, METERS | {EMMA}):
            return of_day
        learned = self._at_meter(plant_code, inverters)
        quantities = of_day | {f"learned_{name}": learned[name] for name in learned}
        if self._samples(plant_code, METERS):
            quantities["grid_power_of_meter"] = learned["grid_power"]
            quantities["import_of_meter"] = learned["import"]
            quantities["export_of_meter_or_day"] = learned["export"]
            # What an ESS gives is not in the output of the inverters.
            if not self._samples(plant_code, {ESS}):
                quantities["home_power_of_meter"] = learned["home_power"]
                quantities["consumption_of_meter_or_day"] = learned["consumption"]
        return quantities

    def _at_meter(
        self, plant_code: str, inverters: list[dict[str, Any]]
    ) -> dict[str, float]:
        """Return what follows once it is known what the meter measures."""
        meters = self._samples(plant_code, METERS | {EMMA})
        grid = _sum(meters, "grid_power", 0)
        imported = _sum(meters, "import_total", 2)
        exported = _sum(meters, "export_total", 2)
        ess = self._samples(plant_code, {ESS})
        output = _sum(inverters, "ac_power", 0) + _sum(ess, "battery_power", 0)
        return {
            "grid_power": grid,
            "home_power": max(output + grid, 0.0),
            "import": imported,
            "export": exported,
            "consumption": _sum(inverters, "yield_total", 2) + imported - exported,
        }

    def _batteries(self, plant_code: str) -> Quantities:
        """Return the quantities of a plant's one battery."""
        batteries = self._samples(plant_code, BATTERIES)
        if not batteries:
            return {}
        (battery,) = batteries
        packs = [battery[name] for name in battery if name.startswith("pack_")]
        lifetime = bool(self._samples(plant_code, {BATTERY}))
        quantities: Quantities = {
            "learned_battery_power": battery["battery_power"],
            "soc_of_battery": battery["soc"],
            "charged": battery["charged_total" if lifetime else "charged_today"],
            "discharged": battery[
                "discharged_total" if lifetime else "discharged_today"
            ],
        }
        if lifetime:
            quantities["battery_power_of_battery"] = battery["battery_power"]
        # No document names a capacity of an ESS.
        in_detail = self._samples(plant_code, {BATTERY, ALL_IN_ONE})
        quantities["capacity"] = battery["rated_capacity"] if in_detail else None
        if packs:
            usable = battery["rated_capacity"] * sum(packs) / len(packs) / 100
            quantities["capacity"] = quantities["usable_capacity"] = usable
            quantities["stored_energy"] = usable * battery["soc"] / 100
        return quantities

    def _shares(self, plant_code: str, inverters: list[dict[str, Any]]) -> Quantities:
        plant = self._told[plant_code]["published"]["plant"]
        fed_in = plant["feed_in_today"]
        if fed_in is None:
            return {}
        output = _sum(inverters, "yield_today", 2)
        for ess in self._samples(plant_code, {ESS}):
            output += ess["discharged_today"] - ess["charged_today"]
        return {
            "self_sufficiency": _percent(output - fed_in, plant["consumption_today"]),
            "self_consumption": _percent(
                plant["yield_today"] - fed_in, plant["yield_today"]
            ),
        }


def _sum(samples: list[dict[str, Any]], quantity: str, decimals: int) -> float:
    return sum(round(float(sample[quantity]), decimals) for sample in samples)


def _percent(part: float, whole: float) -> float | None:
    return min(max(100 * part / whole, 0.0), 100.0) if whole > 0 else None
