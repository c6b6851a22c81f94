"""API accounts: log-in, sessions and locks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import secrets

SESSION_LIFE = timedelta(minutes=30)
SHORT_SESSION_LIFE = timedelta(minutes=5)
LOCK_TIME = timedelta(minutes=30)
PASSWORD_WINDOW = timedelta(minutes=10)
PASSWORD_TRIES = 5

WRONG_CREDENTIALS = 20400
DISABLED = 20002
EXPIRED = 20003


@dataclass(slots=True, kw_only=True)
class Account:
    """An API account; `refused_interfaces` are those not ticked for it (401).

    `plant_codes` None means every plant; `policy` "new" or "old" chooses the
    quotas of accounts made after or until 2022-06-30.
    """

    user_name: str
    system_code: str
    plant_codes: list[str] | None = None
    refused_interfaces: set[str] = field(default_factory=set)
    api_access: bool = True
    disabled: bool = False
    expired: bool = False
    policy: str = "new"
    token: str | None = None
    last_use: datetime | None = None
    locked_until: datetime | None = None
    wrong_tries: list[datetime] = field(default_factory=list)


class LoginRefusedError(Exception):
    """A log-in that failed, with the failCode and message of the answer."""

    def __init__(self, code: int, message: str) -> None:
        """Carry what the answer says."""
        super().__init__(message)
        self.code = code
        self.message = message


class Accounts(dict[str, Account]):
    """API accounts by user name."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Keep the default account, by the access clock."""
        super().__init__()
        self._now = now
        self.register(Account(user_name="apiuser", system_code="simulator-password"))

    def register(self, account: Account) -> Account:
        """Add an account, replacing one of the same name."""
        self[account.user_name] = account
        return account

    def login(self, user_name: str, system_code: str) -> str:
        """Return a new session token; an older one dies. Raises LoginRefusedError."""
        account = self.get(user_name)
        now = self._now()
        if account is None:
            raise LoginRefusedError(
                WRONG_CREDENTIALS, "user.login.user_or_value_invalid"
            )
        if account.locked_until is not None and now < account.locked_until:
            raise LoginRefusedError(
                WRONG_CREDENTIALS, "user.login.user_or_value_invalid"
            )
        if account.system_code != system_code:
            recent = [at for at in account.wrong_tries if now - at < PASSWORD_WINDOW]
            account.wrong_tries = [*recent, now]
            if len(account.wrong_tries) >= PASSWORD_TRIES:
                account.locked_until = now + LOCK_TIME
                account.wrong_tries = []
            raise LoginRefusedError(
                WRONG_CREDENTIALS, "user.login.user_or_value_invalid"
            )
        if account.disabled:
            raise LoginRefusedError(DISABLED, "The API account is disabled.")
        if account.expired:
            raise LoginRefusedError(EXPIRED, "The API account has expired.")
        account.wrong_tries = []
        account.token = f"x-{secrets.token_hex(20)}"
        account.last_use = now
        return account.token

    def session(self, token: str, *, short: bool = False) -> Account | None:
        """Return the account of a live session and extend it.

        A session lives for 30 minutes after its last call, for 5 if `short`.
        """
        now = self._now()
        life = SHORT_SESSION_LIFE if short else SESSION_LIFE
        for account in self.values():
            if account.token == token and account.last_use is not None:
                if now - account.last_use > life:
                    return None
                account.last_use = now
                return account
        return None
