"""Misbehaviours of the real cloud that can be switched on and off."""

from .registry import Faults

__all__ = ["Faults"]
