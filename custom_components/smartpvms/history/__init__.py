"""The years before: reports of the cloud as external statistics of each plant.

Days first, oldest first from base 0, then hours, newest first, one call at a time after
everything else. Nothing in `hours`, `days`, `steps`, `progress`, `quantities` knows of
Home Assistant's recorder.
"""

from .setting_up import async_forget_history, async_history

__all__ = ["async_forget_history", "async_history"]
