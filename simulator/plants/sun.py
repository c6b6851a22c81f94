"""Sunlight on tilted modules under a clear sky."""

from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, radians, sin

from astral.sun import (  # type: ignore[import-untyped]
    eq_of_time,
    jday_to_jcentury,
    julianday,
    sun_declination,
)

from .definitions import PvString

_SOLAR_CONSTANT = 1361.0
_REFERENCE_IRRADIANCE = 1000.0
_LOWEST_SUN = 0.01
_DIFFUSE_SHARE = 0.13


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """Cosine of incidence on a plane: constant + along_cos * cos h + along_sin * sin h."""

    constant: float
    along_cos: float
    along_sin: float
    sky_view: float


class Sun:
    """The sun of one day over one place; declination held for the day."""

    def __init__(self, noon: datetime, latitude: float, longitude: float) -> None:
        """Take an instant near the day's middle in UTC, and degrees north and east."""
        century = jday_to_jcentury(julianday(noon))
        self._declination = radians(float(sun_declination(century)))
        self._latitude = radians(latitude)
        minutes = float(eq_of_time(century)) + 4 * longitude
        self._angle_at_midnight = radians(minutes / 4 - 180)
        self._up_constant = sin(self._latitude) * sin(self._declination)
        self._up_cos = cos(self._latitude) * cos(self._declination)

    def hour_angle(self, utc_seconds: float) -> float:
        """Return the hour angle in radians at seconds after 00:00 UTC."""
        return self._angle_at_midnight + utc_seconds * pi / 43200

    def height(self, hour_angle: float) -> float:
        """Return the sine of the elevation."""
        return self._up_constant + self._up_cos * cos(hour_angle)

    def plane(self, string: PvString) -> _Plane:
        """Return what the angle of incidence on a string's modules depends on."""
        tilt, azimuth = radians(string.tilt), radians(string.azimuth)
        north, east, up = sin(tilt) * cos(azimuth), sin(tilt) * sin(azimuth), cos(tilt)
        latitude, declination = self._latitude, self._declination
        return _Plane(
            constant=north * cos(latitude) * sin(declination) + up * self._up_constant,
            along_cos=-north * sin(latitude) * cos(declination) + up * self._up_cos,
            along_sin=-east * cos(declination),
            sky_view=(1 + up) / 2,
        )


def clear_sky(height: float) -> float:
    """Return the direct irradiance in W/m² for the sine of the elevation."""
    if height <= _LOWEST_SUN:
        return 0.0
    return float(_SOLAR_CONSTANT * 0.7 ** (height**-0.678))


def share_of_peak(
    plane: _Plane, hour_angle: float, direct: float, clearness: float
) -> float:
    """Return DC power as a share of the peak power, 0 at night.

    `direct` is the clear-sky irradiance, `clearness` 0..1 how much of it the
    clouds let through; what they hold back partly returns as diffuse light.
    """
    incidence = (
        plane.constant
        + plane.along_cos * cos(hour_angle)
        + plane.along_sin * sin(hour_angle)
    )
    beam = direct * clearness * max(incidence, 0.0)
    diffuse = direct * (_DIFFUSE_SHARE + 0.1 * (1 - clearness)) * plane.sky_view
    return (beam + diffuse) / _REFERENCE_IRRADIANCE
