"""Which series a plant has, and what they are called."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import slugify

from ..const import CONF_CURRENCY, CONF_PLANT_SETTINGS, DOMAIN
from ..coordinator import SmartPVMSConfigEntry
from .quantities import LIVE_SENSORS, Quantity
from .recording import Series

_ENERGY: Final = "energy"

type Words = Callable[[str], str]


def statistic_id(plant_code: str, quantity: Quantity) -> str:
    """Return the id of a series of a plant."""
    return f"{DOMAIN}:{slugify(plant_code)}_{quantity}"


def id_before_live(plant_code: str, quantity: Quantity) -> str:
    """Return the id of the series that ends where the live sensor begins."""
    return f"{statistic_id(plant_code, quantity)}_before_live"


def is_of_history(statistic: str) -> bool:
    """Return whether a statistic is one of these series, and not of a sensor."""
    return statistic.startswith(f"{DOMAIN}:")


def statistic_ids(plant_code: str) -> Iterator[str]:
    """Yield the ids of all series that a plant may have."""
    for quantity in Quantity:
        yield statistic_id(plant_code, quantity)
        if quantity in LIVE_SENSORS:
            yield id_before_live(plant_code, quantity)


async def async_words(hass: HomeAssistant) -> Words:
    """Return what finds words in the language of Home Assistant."""
    words = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return lambda key: words[f"component.{DOMAIN}.common.{key}"]


class Shelf:
    """The series of the plants of an entry."""

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, words: Words
    ) -> None:
        """Name the series in these words."""
        self._hass = hass
        self._entry = entry
        self._words = words

    def series(self, plant_code: str, quantity: Quantity) -> Series:
        """Return a series of a plant."""
        plant = self._entry.runtime_data.plants.data.get(plant_code)
        name = f"{plant.name if plant else plant_code} {self._words(f'history_{quantity}')}"
        is_income = quantity is Quantity.INCOME
        return Series(
            statistic_id=statistic_id(plant_code, quantity),
            name=name,
            unit=self._currency(plant_code)
            if is_income
            else UnitOfEnergy.KILO_WATT_HOUR,
            unit_class=None if is_income else _ENERGY,
        )

    def before_live(self, plant_code: str, quantity: Quantity) -> Series:
        """Return the series of a plant that ends where the live sensor begins."""
        whole = self.series(plant_code, quantity)
        return replace(
            whole,
            statistic_id=id_before_live(plant_code, quantity),
            name=self._words("history_before_live").format(name=whole.name),
        )

    def _currency(self, plant_code: str) -> str:
        settings = self._entry.options.get(CONF_PLANT_SETTINGS, {}).get(plant_code, {})
        return str(settings.get(CONF_CURRENCY) or self._hass.config.currency)
