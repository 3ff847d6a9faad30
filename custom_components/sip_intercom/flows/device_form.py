"""The form of a device, for those who type it and for discovered ones."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
import re
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_ADDRESS, CONF_CODE, CONF_METHOD, CONF_NAME
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..address import without_port
from ..const import (
    ACCOUNT_DIRECT,
    ACCOUNT_REGISTRAR,
    CONF_ACCOUNT,
    CONF_ADVANCED,
    CONF_BUTTONS,
    CONF_CALLERS,
    CONF_CAMERA,
    CONF_DOORS,
    CONF_EARLY_MEDIA,
    CONF_FORWARDS,
    CONF_GREETING,
    CONF_HEADER_NAME,
    CONF_HEADER_VALUE,
    CONF_KIND,
    CONF_LOCK,
    CONF_MEDIA_ENCRYPTION,
    CONF_MIN_PROOF,
    CONF_NUMBER,
    CONF_OPEN_TIME,
    CONF_OUTBOUND_PROXY,
    CONF_PINS,
    CONF_RECORD,
    CONF_RECORD_ANNOUNCEMENT,
    CONF_SERVER,
    CONF_SPEAK_WHEN_IDLE,
    CONF_TALK_LIMIT,
    CONF_TERMINATOR,
    CONF_TONE_GAP,
    CONF_TONE_LENGTH,
    CONF_UNREGISTERED_AFTER,
    CONF_WAIT_SOUND,
    DEFAULT_UNREGISTERED_AFTER,
    DEVICE_KINDS,
    KIND_DOORBELL,
    RECORD_ALL,
    RECORD_ANSWERED,
    RECORD_NONE,
    SUBENTRY_ACCOUNT,
)
from ..coordinator import SipConfigEntry
from ..lib.sipagent.protocol.calls import Proof
from ..lib.sipagent.protocol.config import DEFAULT_TALK_LIMIT, MediaEncryption
from ..lib.sipagent.protocol.errors import InvalidTargetError
from ..lib.sipagent.protocol.sip_uri import (
    is_numeric_address,
    parse_target,
    same_user,
)
from ..lib.sipagent.protocol.tones import LONGEST_TONE, SHORTEST_TONE, ToneMethod
from ..registering import registers
from .camera import CAMERA, check_camera
from .doors import checked_doors
from .forms import (
    TEXT,
    TEXTS,
    FormData,
    FormError,
    choice,
    closed_section,
    whole_number,
)
from .forwards import checked_forwards, forwards_selector
from .lists import with_ids, without_id
from .names import NOWHERE, check_user, check_users
from .overlap import Addresses, find_overlap, typed_uri
from .pins import checked_pins, pins_selector, shown_pins

_HEADER: Final = re.compile(r"[A-Za-z0-9!%*_+`'~.-]{1,64}")
MIN_TALK_LIMIT: Final = 10  # seconds
MAX_TALK_LIMIT: Final = 4 * 3600  # seconds
MAX_OPEN_TIME: Final = 600  # seconds
MAX_UNREGISTERED_AFTER: Final = 7 * 24 * 60  # minutes

MILLISECONDS: Final = NumberSelector(
    NumberSelectorConfig(
        min=SHORTEST_TONE,
        max=LONGEST_TONE,
        step=1,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement="ms",
    )
)
OPEN_TIME: Final = NumberSelector(
    NumberSelectorConfig(
        min=1,
        max=MAX_OPEN_TIME,
        step=1,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement="s",
    )
)
BUTTONS: Final = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            CONF_NAME: {"required": True, "selector": TEXT},
            CONF_NUMBER: {"required": True, "selector": TEXT},
        },
        multiple=True,
        label_field=CONF_NAME,
        description_field=CONF_NUMBER,
        translation_key=CONF_BUTTONS,
    )
)

DOORS: Final = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            CONF_NAME: {"required": True, "selector": TEXT},
            CONF_CODE: {"required": True, "selector": TEXT},
            CONF_METHOD: {"selector": choice(CONF_METHOD, ToneMethod)},
            CONF_TERMINATOR: {"selector": TEXT},
            CONF_TONE_LENGTH: {"selector": MILLISECONDS},
            CONF_TONE_GAP: {"selector": MILLISECONDS},
            CONF_EARLY_MEDIA: {"selector": BooleanSelector()},
            CONF_LOCK: {"selector": BooleanSelector()},
            CONF_OPEN_TIME: {"selector": OPEN_TIME},
        },
        multiple=True,
        label_field=CONF_NAME,
        translation_key=CONF_DOORS,
    )
)

NAME_AND_KIND: Final = {
    probatio.Required(CONF_NAME): TEXT,
    probatio.Required(CONF_KIND, default=KIND_DOORBELL): choice(
        CONF_KIND, DEVICE_KINDS
    ),
}
CONF_NEW_PASSWORD: Final = "new_password"  # noqa: S105
NEW_PASSWORD: Final = {
    probatio.Optional(CONF_NEW_PASSWORD, default=False): BooleanSelector()
}
IDENTITY: Final = probatio.Schema(
    {**NAME_AND_KIND, probatio.Required(CONF_ADDRESS): TEXT}
)

ADVANCED: Final = probatio.Schema(
    {
        probatio.Optional(CONF_CALLERS): TEXTS,
        probatio.Required(
            CONF_MEDIA_ENCRYPTION, default=MediaEncryption.SDES_OPTIONAL.value
        ): choice(CONF_MEDIA_ENCRYPTION, MediaEncryption),
        probatio.Optional(CONF_BUTTONS): BUTTONS,
        probatio.Optional(CONF_HEADER_NAME): TEXT,
        probatio.Optional(CONF_HEADER_VALUE): TEXT,
        probatio.Required(CONF_MIN_PROOF, default=Proof.ADDRESS.value): choice(
            CONF_MIN_PROOF, Proof
        ),
        probatio.Required(CONF_RECORD, default=RECORD_NONE): choice(
            CONF_RECORD, (RECORD_NONE, RECORD_ANSWERED, RECORD_ALL)
        ),
        probatio.Optional(CONF_RECORD_ANNOUNCEMENT): TEXT,
        probatio.Optional(CONF_GREETING): TEXT,
        probatio.Optional(CONF_WAIT_SOUND): TEXT,
        probatio.Required(CONF_SPEAK_WHEN_IDLE, default=False): BooleanSelector(),
        probatio.Required(CONF_TALK_LIMIT, default=DEFAULT_TALK_LIMIT): whole_number(
            MIN_TALK_LIMIT, MAX_TALK_LIMIT, "s"
        ),
        probatio.Required(
            CONF_UNREGISTERED_AFTER, default=DEFAULT_UNREGISTERED_AFTER
        ): whole_number(0, MAX_UNREGISTERED_AFTER, "min"),
    }
)


SECTIONS: Final = {CONF_CAMERA: CAMERA, CONF_ADVANCED: ADVANCED}


def device_schema(entry: SipConfigEntry, *, registered: bool) -> probatio.Schema:
    """Return the form of a device with the entry's accounts to choose from.

    One that registers already may have a new password.
    """
    options = [
        SelectOptionDict(value=each, label=each)
        for each in (ACCOUNT_DIRECT, ACCOUNT_REGISTRAR)
    ]
    options += [
        SelectOptionDict(value=account.subentry_id, label=account.title)
        for account in entry.get_subentries_of_type(SUBENTRY_ACCOUNT)
    ]
    account = SelectSelector(
        SelectSelectorConfig(
            options=options,
            translation_key=CONF_ACCOUNT,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
    return probatio.Schema(
        {
            **NAME_AND_KIND,
            probatio.Required(CONF_ACCOUNT, default=ACCOUNT_DIRECT): account,
            probatio.Optional(CONF_ADDRESS): TEXT,
            probatio.Optional(CONF_DOORS): DOORS,
            probatio.Optional(CONF_PINS): pins_selector(),
            probatio.Optional(CONF_FORWARDS): forwards_selector(entry),
            **(NEW_PASSWORD if registered else {}),
            probatio.Optional(CONF_CAMERA): closed_section(CAMERA),
            probatio.Optional(CONF_ADVANCED): closed_section(ADVANCED),
        }
    )


def form_values(data: Mapping[str, Any]) -> FormData:
    """Return stored data as the form shows them: buttons and doors without ids."""
    lists = {
        key: [without_id(item) for item in data.get(key, ())]
        for key in (CONF_BUTTONS, CONF_DOORS)
    }
    return {**data, **lists, CONF_PINS: shown_pins(data)}


async def checked_device(
    entry: SipConfigEntry, data: FormData, old: ConfigSubentry | None = None
) -> FormData:
    """Return a device's data in their one form, or raise FormError.

    What a device registers by is not among them. `old` is the device that is changed; its buttons keep their ids.
    """
    if CONF_NAME not in data:
        raise FormError("name_required", field=CONF_NAME)
    host = _checked_host(data)
    data[CONF_CALLERS] = check_users(data.get(CONF_CALLERS, ()), "invalid_caller")
    old_buttons = old.data.get(CONF_BUTTONS, ()) if old else ()
    data[CONF_BUTTONS] = _checked_buttons(data.get(CONF_BUTTONS, ()), old_buttons)
    old_doors = old.data.get(CONF_DOORS, ()) if old else ()
    data[CONF_DOORS] = checked_doors(data.get(CONF_DOORS, ()), old_doors)
    old_pins = old.data.get(CONF_PINS, ()) if old else ()
    data[CONF_PINS] = await checked_pins(
        data.get(CONF_PINS, ()), old_pins, data[CONF_DOORS]
    )
    data[CONF_FORWARDS] = checked_forwards(
        entry, data.get(CONF_FORWARDS, ()), old.subentry_id if old else None
    )
    _check_header(data)
    check_camera(data, _own_cameras(entry, old))
    if registers(data):
        data.pop(CONF_ADDRESS, None)
        return data
    data.pop(CONF_UNREGISTERED_AFTER, None)
    addresses = await known_addresses(entry, host)
    _check_server(entry, data, addresses)
    if other := find_overlap(entry, data, addresses, old.subentry_id if old else None):
        raise FormError("overlap", field=CONF_ADDRESS, device=other.title)
    return data


async def known_addresses(entry: SipConfigEntry, host: str = "") -> Addresses:
    """Return the addresses of the names of all devices and of this host."""
    if entry.state is not ConfigEntryState.LOADED:
        return {}
    resolver = entry.runtime_data.resolver
    found = await resolver.resolve(host) if host else ()
    return {
        name: [without_port(address) for address in addresses]
        for name, addresses in {**resolver.addresses, host: found}.items()
    }


def _own_cameras(
    entry: SipConfigEntry, device: ConfigSubentry | None
) -> frozenset[str]:
    """Return the cameras of a device itself."""
    if device is None or entry.state is not ConfigEntryState.LOADED:
        return frozenset()
    registry = er.async_get(entry.runtime_data.hass)
    return frozenset(
        item.entity_id
        for item in er.async_entries_for_config_entry(registry, entry.entry_id)
        if item.config_subentry_id == device.subentry_id
    )


def _checked_host(data: FormData) -> str:
    """Return the host name to look up, or raise FormError for a wrong address."""
    if registers(data):
        return ""
    if CONF_ADDRESS not in data:
        direct = data[CONF_ACCOUNT] == ACCOUNT_DIRECT
        error = "address_needs_host" if direct else "address_needs_user"
        raise FormError(error, field=CONF_ADDRESS)
    try:
        uri = typed_uri(data)
    except InvalidTargetError as err:
        raise FormError("invalid_address", field=CONF_ADDRESS) from err
    if data[CONF_ACCOUNT] != ACCOUNT_DIRECT:
        if not uri.user:
            raise FormError("address_needs_user", field=CONF_ADDRESS)
        return ""
    if not uri.host:
        raise FormError("address_needs_host", field=CONF_ADDRESS)
    if not is_numeric_address(uri.host):
        return uri.host
    if not _is_one_machine(uri.host):
        raise FormError("invalid_address", field=CONF_ADDRESS)
    return ""


def _check_server(entry: SipConfigEntry, data: FormData, addresses: Addresses) -> None:
    """Raise FormError for a host that the device's account does not lead to."""
    account = entry.subentries.get(data[CONF_ACCOUNT])
    if account is None or account.data.get(CONF_OUTBOUND_PROXY):
        return
    host = typed_uri(data).host
    server = parse_target(account.data[CONF_SERVER]).host
    if host not in {NOWHERE, server, *addresses.get(server, ())}:
        raise FormError("address_elsewhere", field=CONF_ADDRESS, host=host)


def _check_header(data: FormData) -> None:
    """Raise FormError unless a header has a name and a value."""
    name, value = data.get(CONF_HEADER_NAME), data.get(CONF_HEADER_VALUE)
    if bool(name) != bool(value) or (name and not _HEADER.fullmatch(name)):
        raise FormError("invalid_header")


def _is_one_machine(host: str) -> bool:
    address = ip_address(host)
    return not (address.is_unspecified or address.is_multicast)


def _checked_buttons(
    typed: Iterable[Mapping[str, str]], old: Iterable[Mapping[str, str]]
) -> list[FormData]:
    """Return the buttons with ids that outlive a new name or a new number."""
    buttons: list[FormData] = []
    for button in typed:
        name = button[CONF_NAME].strip()
        number = check_user(button[CONF_NUMBER], "invalid_button")
        if not name:
            raise FormError("invalid_button", value=number)
        buttons.append({CONF_NAME: name, CONF_NUMBER: number})
    if len({same_user(button[CONF_NUMBER]) for button in buttons}) < len(buttons):
        raise FormError("duplicate_button")
    return with_ids(buttons, old, (CONF_NUMBER, CONF_NAME))
