"""Plans of batteries: one task each, a hold cut into it, and what of them is in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..const import DOMAIN
from ..control import (
    ControlEngine,
    Family,
    SetMode,
)
from ..control.codec import NotReadableError, as_json, from_json
from ..control.settings import is_in_force
from ..coordinator import SmartPVMSConfigEntry
from ..day_plan import DayPlan, build, runs
from ..northbound.control import Controller, SetBatteryMode
from ..stored import async_load_stored
from ..time_zones import async_time_zones
from .plan_request import (
    NoRequestError,
    PlanRequest,
    hold_until,
    request_from_json,
)
from .plan_view import PlanView, plan_view

STORAGE_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlan:
    """The plan that was sent last to a plant.

    `request` is what was asked for, None where the battery was only to be held, and
    `order` what was sent for it, with the hold that was cut into it. It acts from
    `begin` on.
    """

    order: SetBatteryMode
    begin: datetime
    request: PlanRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan that can be sent, and what to remember of it once it is."""

    plan: DayPlan
    request: PlanRequest | None

    @property
    def known(self) -> KnownPlan:
        """What to remember of it."""
        return KnownPlan(
            order=self.plan.order, begin=self.plan.begin, request=self.request
        )


class BatteryPlans:
    """The plans of an entry's plants.

    What becomes of a plan, and giving back what was before it, is the engine's matter.
    Only what was asked for is kept here, so that a plan can go on after a hold.
    """

    def __init__(
        self, hass: HomeAssistant, entry: SmartPVMSConfigEntry, engine: ControlEngine
    ) -> None:
        """Begin with nothing known; `async_load` has to come before use."""
        self._entry = entry
        self._engine = engine
        self._store = _store(hass, entry.entry_id)
        self._known: dict[str, KnownPlan] = {}
        self._zones: Mapping[str, tzinfo] = {}

    async def async_load(self) -> None:
        """Go on with what was saved."""
        self._zones = await async_time_zones(self._entry.options)
        for code, stored in (await async_load_stored(self._store)).items():
            known = _from_json(stored)
            if known is not None:
                self._known[code] = known

    def zone(self, plant_code: str) -> tzinfo:
        """Return the time zone of a plant."""
        return self._zones.get(plant_code) or dt_util.get_default_time_zone()

    def view(self, plant_code: str) -> PlanView | None:
        """Return the plan in force of a plant, None where its mode is not known."""
        known = self._acting(plant_code)
        return plan_view(
            self._engine,
            plant_code,
            self.zone(plant_code),
            None if known is None else known.begin,
        )

    def plan(self, plant_code: str, request: PlanRequest) -> NewPlan:
        """Return the plan of a request; raises `PlanRefusedError`."""
        return NewPlan(plan=self._built(plant_code, request), request=request)

    def hold(self, plant_code: str, duration: timedelta) -> NewPlan:
        """Return a plan that holds the battery from now on, then goes on as before.

        What was asked for goes on where a plan is in force that lasts longer; else what
        was before comes back. Raises `PlanRefusedError`.
        """
        start = dt_util.utcnow().replace(second=0, microsecond=0)
        request = self._asked(plant_code)
        end = start + duration
        held = hold_until(start, end) if request is None else request.held(start, end)
        return NewPlan(plan=self._built(plant_code, held), request=request)

    def is_holding(self, plant_code: str) -> bool:
        """Return whether a battery is only held, without a plan that goes on then."""
        acting = self._acting(plant_code)
        return acting is not None and self._asked(plant_code) is None

    def released(self, plant_code: str) -> NewPlan | None:
        """Return the plan in force without its hold, None where there is no plan."""
        request = self._asked(plant_code)
        return None if request is None else self.plan(plant_code, request)

    async def async_remember(self, plans: Iterable[NewPlan]) -> None:
        """Have on disk what is about to be sent."""
        for new in plans:
            self._known[new.plan.order.plant_code] = new.known
        await self._store.async_save(
            {code: _as_json(known) for code, known in self._known.items()}
        )

    def _built(self, plant_code: str, request: PlanRequest) -> DayPlan:
        zone = self.zone(plant_code)
        now = dt_util.utcnow()
        plan = build(
            request.slots,
            plant_code=plant_code,
            zone=zone,
            now=now,
            grid_charge_power=request.grid_charge_power,
            surplus_to_battery=request.surplus_to_battery,
            gaps=request.gaps,
            expires=request.expires,
            controller=self._controller(plant_code),
        )
        return self._kept(plan, zone, now)

    def _kept(self, plan: DayPlan, zone: tzinfo, now: datetime) -> DayPlan:
        """Return a plan with the windows that are in force, where they do the same.

        Nothing has to be sent then. What differs is only what is over, or out of reach.
        """
        acting = self._acting(plan.order.plant_code)
        if acting is None:
            return plan
        until = plan.expires.astimezone(UTC)
        begin = max(plan.begin.astimezone(UTC), now)
        same = list(runs(acting.order.windows, zone, begin, until)) == list(
            runs(plan.windows, zone, begin, until)
        )
        if not same:
            return plan
        return replace(plan, order=replace(plan.order, windows=acting.order.windows))

    def _asked(self, plant_code: str) -> PlanRequest | None:
        """Return what was asked for and is in force now."""
        known = self._acting(plant_code)
        if known is None or known.request is None:
            return None
        return known.request if known.request.expires > dt_util.utcnow() else None

    def _acting(self, plant_code: str) -> KnownPlan | None:
        """Return the plan sent last, if it is on its way or in force."""
        known = self._known.get(plant_code)
        if known is None:
            return None
        state = self._engine.state_of(plant_code, Family.MODE)
        if state.pending is not None:
            command = state.pending.command
            is_ours = isinstance(command, SetMode) and command.order == known.order
            return known if is_ours else None
        present = None if state.confirmed is None else state.confirmed.value
        is_ours = self._engine.is_ours(plant_code, Family.MODE)
        return known if is_ours and is_in_force(known.order, present) else None

    def _controller(self, plant_code: str) -> Controller | None:
        return self._entry.runtime_data.control.abilities(plant_code).controller


def _as_json(known: KnownPlan) -> JsonObjectType:
    request = None if known.request is None else known.request.as_json()
    return {
        "order": as_json(known.order),
        "begin": known.begin.isoformat(),
        "request": request,
    }


def _from_json(stored: object) -> KnownPlan | None:
    """Read what `_as_json` wrote; None for what cannot be read."""
    found = stored if isinstance(stored, dict) else {}
    request = found.get("request")
    begin = dt_util.parse_datetime(str(found.get("begin")))
    if begin is None:
        return None
    try:
        return KnownPlan(
            order=from_json(SetBatteryMode, found.get("order")),
            begin=begin,
            request=request_from_json(request) if isinstance(request, dict) else None,
        )
    except NotReadableError, NoRequestError:
        return None


def _store(hass: HomeAssistant, entry_id: str) -> Store[JsonObjectType]:
    return Store(
        hass, STORAGE_VERSION, f"{DOMAIN}.plans.{entry_id}", atomic_writes=True
    )


async def async_forget_plans(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what is known of plans of an entry that is removed."""
    await _store(hass, entry_id).async_remove()
