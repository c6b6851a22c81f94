"""A SmartPVMS Northbound API to run clients against."""

from .listening import Server
from .simulator import Simulator

__all__ = ["Server", "Simulator"]
