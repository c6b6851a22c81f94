"""People who own plants in the simulated cloud."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Owner:
    """A login of the simulated cloud; `plant_codes` None means every plant.

    `role` is "owner" or "installer": only owners may authorise an OAuth client.
    `api_access` is the owner's switch "Access to API" (off: failCode 20056).
    """

    name: str
    password: str
    role: str = "owner"
    plant_codes: list[str] | None = None
    api_access: bool = True


class Owners(dict[str, Owner]):
    """Owners by login name."""

    def register(self, owner: Owner) -> Owner:
        """Add an owner, replacing one of the same name."""
        self[owner.name] = owner
        return owner


def default_owners() -> Owners:
    """Return the owner and the installer every simulator has."""
    owners = Owners()
    owners.register(Owner(name="owner", password="owner-password"))
    owners.register(
        Owner(name="installer", password="installer-password", role="installer")
    )
    return owners
