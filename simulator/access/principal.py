"""Who makes a call."""

from dataclasses import dataclass

from .accounts import Account
from .oauth import Grant
from .owners import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An owner through an OAuth client, or an API account."""

    key: str
    owner: Owner | None = None
    grant: Grant | None = None
    account: Account | None = None

    @property
    def access(self) -> str:
        """The kind of access: "oauth" or "api_account"."""
        return "oauth" if self.grant is not None else "api_account"
