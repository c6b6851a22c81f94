"""Each repair that there are words for is raised, and goes away when its cause does."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
import ssl
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.ssl import SSL_ALPN_HTTP11, client_context
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smartpvms.const import DOMAIN
from custom_components.smartpvms.control import Cause, Family, Unreturned
from custom_components.smartpvms.energy_flows import (
    Assignment,
    Confidence,
    Proposal,
    Reason,
    Role,
)
from custom_components.smartpvms.northbound.control import (
    LimitFeedIn,
    SetBatteryMode,
)
from custom_components.smartpvms.northbound.models import OperationMode
from custom_components.smartpvms.plant_control.issues import async_show_unreturned
from tests.config_flow.translations import WORDS
from tests.conftest import RunningSimulator
from tests.faults.account_table import ACCOUNT_FAULTS
from tests.faults.table import FAULTS
from tests.plant_control.house import House, async_build_house
from tests.playback import PLANT, PlaybackCloud, api_account_entry, async_set_up

TESTS: Final = Path(__file__).parents[1]
CERTIFICATE: Final = "refused_certificate_rejected"
UNRETURNED: Final = tuple(
    f"{kind}_{family}"
    for kind in ("unreturned", "lasting")
    for family in ("mode", "limit", "dispatch")
)
METERS: Final = tuple(f"meter_{reason}" for reason in Reason)
# proven where the rest of it is
ELSEWHERE: Final = {
    "account_shared": (
        "credentials/test_credentials.py",
        "test_account_that_something_else_uses_gets_a_truce",
    ),
    "consent_shared": (
        "credentials/test_credentials.py",
        "test_consent_that_ends_again_names_what_may_use_it_too",
    ),
    "control_not_granted": (
        "credentials/test_credentials.py",
        "test_control_that_is_wanted_and_not_granted_is_a_repair",
    ),
    "plants_moved": (
        "plant_codes/test_plant_codes.py",
        "test_plant_with_a_new_code_is_moved_whole",
    ),
}
# its entry is gone, and with it who could see that somebody has set it back
STAYS: Final = {"left_behind"}


def in_the_matrix() -> set[str]:
    """Return what is seen, and healed, with some fault at some moment."""
    return {
        word
        for fault in (*FAULTS, *ACCOUNT_FAULTS)
        for moment in fields(fault.seen)
        for word in getattr(fault.seen, moment.name).split()[1:]
    }


def test_each_repair_is_proven_to_go_away() -> None:
    proven = {CERTIFICATE, *UNRETURNED, *METERS, *ELSEWHERE, *in_the_matrix()}

    assert WORDS["issues"].keys() - proven == STAYS
    assert WORDS["issues"].keys() >= {CERTIFICATE, *UNRETURNED, *METERS, *ELSEWHERE}


@pytest.mark.parametrize("key", ELSEWHERE)
def test_proof_elsewhere_is_there(key: str) -> None:
    file, name = ELSEWHERE[key]
    text = (TESTS / file).read_text(encoding="utf-8")
    begin = text.index(f"def {name}(")
    body = text[begin : text.find("\n\n\n", begin)]

    assert key in text
    assert "== {}" in body or "is None" in body


def repairs(hass: HomeAssistant) -> set[str | None]:
    """Return the repairs of ours that wait."""
    return {
        issue.translation_key
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


@pytest.fixture
async def house(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: RunningSimulator
) -> House:
    """Return a house that nothing is asked of."""
    house = await async_build_house(hass, freezer, simulator, history=False)
    await house.pass_time(10, step=5)
    return house


@pytest.mark.parametrize("reason", Reason)
async def test_question_about_a_meter(
    house: House, monkeypatch: pytest.MonkeyPatch, reason: Reason
) -> None:
    """Whatever the reason, it is asked as long as the counters do not prove it."""
    before = repairs(house.hass)
    energy = house.entry.runtime_data.energy

    def propose(confidence: Confidence) -> None:
        proposal = Proposal(
            point="SN1",
            assignment=Assignment(role=Role.GRID),
            confidence=confidence,
            reason=reason,
        )
        monkeypatch.setattr(energy, "proposals", lambda _: (proposal,))

    propose(Confidence.LIKELY)
    await house.pass_time(10, step=5)
    assert repairs(house.hass) - before == {f"meter_{reason}"} - before
    assert f"meter_{reason}" in repairs(house.hass)

    propose(Confidence.PROVED)
    await house.pass_time(10, step=5)
    assert f"meter_{reason}" not in repairs(house.hass)


def left(code: str, *, restorable: bool) -> Iterator[Unreturned]:
    """Return something of each family that was not given back."""
    mode = SetBatteryMode(plant_code=code, mode=OperationMode.MAXIMUM_SELF_CONSUMPTION)
    for family, order in (
        (Family.MODE, mode),
        (Family.LIMIT, LimitFeedIn(plant_code=code, power=0)),
        (Family.DISPATCH, mode),
    ):
        yield Unreturned(
            plant_code=code,
            family=family,
            in_force=order,
            restore=order if restorable else None,
            due=1.0,
            since=1.0,
            retry_at=1.0,
            why=Cause.UNRESTORABLE,
        )


@pytest.mark.parametrize("kind", ["unreturned", "lasting"])
async def test_setting_that_is_not_given_back(house: House, kind: str) -> None:
    """When and why the engine thinks so is proven with the engine."""
    hass, before = house.hass, repairs(house.hass)
    for each in left(house.code, restorable=kind == "unreturned"):
        async_show_unreturned(hass, house.entry, [each])
        assert repairs(hass) - before == {f"{kind}_{each.family}"}
        async_show_unreturned(hass, house.entry, [])
        assert repairs(hass) == before


def self_signed(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Return the context of a server, and its certificate, which nobody trusts yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    # TLS goes by the clock of the machine, at which the test stands still
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=2))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    text = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + text
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, text.decode()


async def test_certificate_that_nobody_trusts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tmp_path: Path
) -> None:
    server, certificate = self_signed(tmp_path)
    async with PlaybackCloud().serve(server) as cloud:
        entry = api_account_entry(cloud.url, [PLANT], history=False)
        await async_set_up(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert repairs(hass) == {CERTIFICATE}

        # its authority becomes one that Home Assistant trusts
        trusting = client_context(alpn_protocols=SSL_ALPN_HTTP11)
        trusting.load_verify_locations(cadata=certificate)
        freezer.tick(timedelta(minutes=15))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entry.state is ConfigEntryState.LOADED
        assert repairs(hass) == set()
