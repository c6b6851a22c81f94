"""Why a task ended as it did, beyond what the cloud itself says."""

from enum import StrEnum

from ..northbound.control.reasons import Reason
from ..northbound.errors import FailureKey


class Cause(StrEnum):
    """What we decided or could not find out; also the key of its translation.

    The text behind each member is what a translation has to say.
    """

    ALREADY = "already"
    """What was asked for is in force already. Nothing was sent."""
    NOTHING_OF_OURS = "nothing_of_ours"
    """No setting of ours is in force, so that there is nothing to give back."""
    NOT_OURS = "not_ours"
    """Somebody else has changed the setting since. It was left as it is."""
    NEAREST_RESTORED = "nearest_restored"
    """The setting of before cannot be set through this interface. The nearest one that
    can be set is in force instead: a limit of 0 W for zero export, the legal maximum
    for all else."""
    STOPPED = "stopped"
    """It was stopped, or another command took its place while it ran."""

    BUSY = "busy_plant"
    """Another command is being carried out, and waiting was not wanted or took too
    long. Nothing was sent."""
    REPLACED = "replaced"
    """A later command took its place before it was sent."""
    TOO_LATE = "too_late"
    """The time until which it was wanted passed before it could be sent."""
    UNRESTORABLE = "unrestorable"
    """The present setting can be read and not set again. It is overwritten only if that
    is asked for explicitly."""
    UNREADABLE = "unreadable"
    """The present setting cannot be read, and so not restored. It is overwritten only
    if that is asked for explicitly."""
    NOT_RESTORABLE = "not_restorable"
    """What was in force before cannot be set, or is not known. What we set stays."""
    ABOVE_LEGAL_MAXIMUM = "above_legal_maximum"
    """The limit is above the plant's legal maximum feed-in. Nothing was sent."""
    CALLS_KEPT_BACK = "calls_kept_back"
    """Of today's control calls only those are left that are needed to give back what
    is set for a time. Nothing was sent."""
    NO_ACCESS = "no_access"
    """The cloud does not let us in at the moment. Nothing was sent."""

    INTERRUPTED = "interrupted"
    """We were stopped while the command was being sent. It is not sent again; whether
    it is carried out shows only in the plant."""
    NO_CONFIRMATION = "no_confirmation"
    """Nothing has shown within the time whether it was carried out."""
    ENDED_EARLY = "ended_early"
    """It ended before its time, and the cloud does not say why."""


type Why = Cause | Reason | FailureKey
"""Why a task ended as it did: by us, by what was told, or by the connection."""
