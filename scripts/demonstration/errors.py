"""What ends the demo before its time."""


class DemonstrationError(Exception):
    """A step of the demo did not work; the text says which and why."""
