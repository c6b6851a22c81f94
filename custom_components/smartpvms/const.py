"""Names shared by the modules of the integration."""

from typing import Final

DOMAIN: Final = "smartpvms"
MANUFACTURER: Final = "Huawei"

# entry.data: the way in, and what identifies whose plants these are
CONF_ACCESS: Final = "access"
CONF_SERVER: Final = "server"
CONF_OWNER: Final = "owner"
CONF_REDIRECT_URI: Final = "redirect_uri"
CONF_KNOWN_PLANTS: Final = "known_plants"
CONF_KNOWN_SERIALS: Final = "known_serials"
# the new code of plants that were moved a minute ago, by old code
CONF_MOVED_PLANTS: Final = "moved_plants"

# entry.options: what the user chose
CONF_PLANTS: Final = "plants"
CONF_ADD_NEW_PLANTS: Final = "add_new_plants"
CONF_PLANT_SETTINGS: Final = "plant_settings"
CONF_TIME_ZONE: Final = "time_zone"
CONF_CURRENCY: Final = "currency"
CONF_DETAIL: Final = "detail"
CONF_METERS: Final = "meters"
CONF_CONTROL: Final = "control"
CONF_ADMINS_ONLY: Final = "admins_only"
CONF_LEGAL_MAXIMUM: Final = "legal_maximum"
CONF_DISPATCH: Final = "dispatch"
CONF_HISTORY: Final = "history"
CONF_HISTORY_ON_REMOVAL: Final = "history_on_removal"

# devTypeIds of what makes AC of the PV: string, residential, with a battery built in
INVERTER_TYPES: Final = frozenset({1, 38, 23093})
# devTypeIds of what the energy flows of a plant are made of: also batteries and meters
FLOW_TYPES: Final = INVERTER_TYPES | {39, 41, 17, 47, 23070}

# management systems, by the name users know them by
SERVERS: Final = {
    "eu5": "https://eu5.fusionsolar.huawei.com",
    "intl": "https://intl.fusionsolar.huawei.com",
    "sg5": "https://sg5.fusionsolar.huawei.com",
    "la5": "https://la5.fusionsolar.huawei.com",
    "cn": "https://cn.fusionsolar.huawei.com",
}
