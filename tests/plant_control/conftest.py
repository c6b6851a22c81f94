"""A house that is controlled."""

from .fixtures import night

__all__ = ["night"]
