"""Letters that get an owner in: to Huawei, to the installer, to a holder of a client.

They are in English, which Huawei's desk and most installers read, and are meant to be
copied into an e-mail. What only the sender knows stands in square brackets.
"""

from typing import Final

ACCESS_PAGE: Final = (
    "https://github.com/smartpvms/smartpvms-home-assistant"
    "/blob/main/docs/getting-access.md"
)
HUAWEI_PARTNER_DESK: Final = "huaweipartners@huawei.com"

_LETTER_TO_HUAWEI: Final = """\
To: {desk}
Subject: Application for FusionSolar OAuth Connect (SmartPVMS Northbound API)

Dear Huawei team,

I would like to register a client application for OAuth Connect of the SmartPVMS \
Northbound API, in order to read my own FusionSolar plant, and to set its battery and \
feed-in limit, from Home Assistant. These are the fields of the application form:

Company name: [your company, or your own name]
Registered address: [address in the register, or your home address]
Address: [postal address]
Legal entity: [who is answerable, for a private owner your own name]
Tax number: [VAT or tax number]
Phone: [with the country code]
Registration e-mail: [e-mail address that the client is to be registered with]
App name: SmartPVMS-Home-Assistant
App overview: Home Assistant, an open-source home automation, reads the plants that \
their owners release to it and shows their power and energy. With a further consent it \
sets working mode and power limits of the battery and the feed-in limit. Data stay in \
the home of the owner.
Callback URL: {redirect_uri}

I ask for both scopes, pvms.openapi.basic and pvms.openapi.control. My plants are on the \
management system [for example eu5.fusionsolar.huawei.com].

Please send me the client ID (nine digits) and the client secret.

With kind regards
[name]
"""

_LETTER_TO_INSTALLER: Final = """\
To: [your installer]
Subject: Northbound API account for my FusionSolar plant

Dear [installer],

I would like to read the values of my FusionSolar plant "[name of the plant]" from Home \
Assistant. For that I need an account of the Northbound API, which an administrator of \
your company can create in FusionSolar within a few minutes:

1. Open System > Company Management > Northbound Management and choose Add.
2. Give the account a user name and a password.
3. Switch these interfaces on: plant list, device list, real-time plant data, real-time \
device data, plant reports (hour, day, month, year), device reports (day, month, \
year), device history, alarms. None that controls the plant is needed.
4. Choose my company or my plant "[name of the plant]", so that the account is bound to \
it.
5. Should FusionSolar ask me as the owner to allow access by API, tell me: I will switch \
it on under Plant Owner > Configure permissions > Access to API.

An account for my plant alone is enough. It reads and changes nothing. A company has five \
such accounts by default.

Please send me user name and password, and the address at which you sign in to \
FusionSolar (for example eu5.fusionsolar.huawei.com).

With kind regards
[name]
"""

_LETTER_TO_COMMUNITY: Final = """\
To: [company or community that holds an OAuth client of FusionSolar]
Subject: Use of your FusionSolar OAuth client for my own plant

Dear [name],

Huawei grants clients of OAuth Connect (SmartPVMS Northbound API) to companies, not to \
single homes. You hold one. I would like to sign in with it from my Home Assistant, in \
order to read my own FusionSolar plant.

This costs you none of your calls: Huawei counts them for each plant owner (1000 reading \
and 100 controlling calls a day), not for the client, so that one client serves many \
homes. I give my consent on Huawei's own page and can withdraw it in the FusionSolar app \
at any time. You get no access to my plant by this.

I need two things:
1. this address among the callback URLs of your client, should it not be there yet (ask \
Huawei to add it, several are allowed):
   {redirect_uri}
2. the client ID (nine digits) and the client secret, which I will keep to myself and \
use for this alone.

With kind regards
[name]
"""


def letter_to_huawei(redirect_uri: str) -> str:
    """Return the application for a client, with all fields of the form (24.2 to 26.2)."""
    return _LETTER_TO_HUAWEI.format(desk=HUAWEI_PARTNER_DESK, redirect_uri=redirect_uri)


def letter_to_installer() -> str:
    """Return the request for an API account, and what the installer has to tick."""
    return _LETTER_TO_INSTALLER


def letter_to_community(redirect_uri: str) -> str:
    """Return the request to sign in with a client that somebody holds already."""
    return _LETTER_TO_COMMUNITY.format(redirect_uri=redirect_uri)
