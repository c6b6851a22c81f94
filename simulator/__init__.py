"""A SmartPVMS Northbound API to run clients against."""

from .simulator import Server, Simulator

__all__ = ["Server", "Simulator"]
