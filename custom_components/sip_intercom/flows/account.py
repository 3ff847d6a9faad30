"""Add and change an account; it is tried live before it is saved."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import BooleanSelector
import probatio

from ..const import (
    CONF_ADVANCED,
    CONF_AUTH_USERNAME,
    CONF_CA_FILE,
    CONF_DISPLAY_NAME,
    CONF_EXPIRY,
    CONF_ICE,
    CONF_MEDIA_ENCRYPTION,
    CONF_OUTBOUND_PROXY,
    CONF_SERVER,
    CONF_TLS_VERIFY,
    CONF_TRANSPORT,
    CONF_TRUSTED_NETWORKS,
)
from ..lib.sipagent.protocol.config import (
    DEFAULT_EXPIRY,
    MediaEncryption,
    TlsVerify,
    Transport,
)
from .certificates import check_authorities
from .forms import (
    PASSWORD,
    PORT,
    TEXT,
    TEXTS,
    FormData,
    FormError,
    choice,
    closed_section,
    flatten,
    nest,
    show_form,
    whole_number,
)
from .names import check_host, check_networks, check_target, check_text, check_user
from .trial import check_account

MIN_EXPIRY: Final = 60  # seconds
MAX_EXPIRY: Final = 86400  # seconds

NOT_REGISTERED: Final = {
    CONF_NAME,
    CONF_DISPLAY_NAME,
    CONF_MEDIA_ENCRYPTION,
    CONF_TRUSTED_NETWORKS,
}
"""Fields that a registration does not depend on."""

ADVANCED: Final = probatio.Schema(
    {
        probatio.Optional(CONF_PORT): PORT,
        probatio.Optional(CONF_AUTH_USERNAME): TEXT,
        probatio.Optional(CONF_OUTBOUND_PROXY): TEXT,
        probatio.Optional(CONF_DISPLAY_NAME): TEXT,
        probatio.Required(CONF_EXPIRY, default=DEFAULT_EXPIRY): whole_number(
            MIN_EXPIRY, MAX_EXPIRY, "s"
        ),
        probatio.Required(CONF_TLS_VERIFY, default=TlsVerify.SYSTEM.value): choice(
            CONF_TLS_VERIFY, TlsVerify
        ),
        probatio.Optional(CONF_CA_FILE): TEXT,
        probatio.Required(
            CONF_MEDIA_ENCRYPTION, default=MediaEncryption.SDES_OPTIONAL.value
        ): choice(CONF_MEDIA_ENCRYPTION, MediaEncryption),
        probatio.Required(CONF_ICE, default=False): BooleanSelector(),
        probatio.Optional(CONF_TRUSTED_NETWORKS): TEXTS,
    }
)

SECTIONS: Final = {CONF_ADVANCED: ADVANCED}


def _schema(password: probatio.Marker) -> probatio.Schema:
    return probatio.Schema(
        {
            probatio.Required(CONF_NAME): TEXT,
            probatio.Required(CONF_SERVER): TEXT,
            probatio.Required(CONF_USERNAME): TEXT,
            password: PASSWORD,
            probatio.Required(CONF_TRANSPORT, default=Transport.UDP.value): choice(
                CONF_TRANSPORT, Transport
            ),
            probatio.Optional(CONF_ADVANCED): closed_section(ADVANCED),
        }
    )


SCHEMA: Final = _schema(probatio.Required(CONF_PASSWORD))
RECONFIGURE_SCHEMA: Final = _schema(probatio.Optional(CONF_PASSWORD))


class AccountFlow(ConfigSubentryFlow):
    """Steps for an account with a PBX, router or provider."""

    async def async_step_user(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Add an account."""
        if user_input is None:
            return show_form(self, "user", SCHEMA, {})
        try:
            data = await self._checked(flatten(user_input, SECTIONS))
        except FormError as err:
            return show_form(self, "user", SCHEMA, user_input, err)
        return self.async_create_entry(
            title=data[CONF_NAME], data=data, unique_id=unique_id(data)
        )

    async def async_step_reconfigure(
        self, user_input: FormData | None = None
    ) -> SubentryFlowResult:
        """Change an account unless it is gone."""
        try:
            return await self._reconfigure(user_input)
        except UnknownSubEntry:
            return self.async_abort(reason="account_removed")

    async def _reconfigure(self, user_input: FormData | None) -> SubentryFlowResult:
        """Change an account; without a password it keeps the old one."""
        subentry = self._get_reconfigure_subentry()
        if user_input is None:
            values = nest(subentry.data, SECTIONS)
            del values[CONF_PASSWORD]
            return show_form(self, "reconfigure", RECONFIGURE_SCHEMA, values)
        data = flatten(user_input, SECTIONS, subentry.data)
        data.setdefault(CONF_PASSWORD, subentry.data[CONF_PASSWORD])
        try:
            data = await self._checked(data, subentry)
        except FormError as err:
            return show_form(self, "reconfigure", RECONFIGURE_SCHEMA, user_input, err)
        return self.async_update_and_abort(
            self._get_entry(),
            subentry,
            title=data[CONF_NAME],
            data=data,
            unique_id=unique_id(data),
        )

    async def _checked(
        self, data: FormData, old: ConfigSubentry | None = None
    ) -> FormData:
        """Return data that registers, in their one form, or raise FormError.

        An account that registers as before is not tried: many routers keep one
        registration of an account, and the trial's end would end it.
        """
        _check_fields(data)
        others = (
            subentry
            for subentry in self._get_entry().subentries.values()
            if subentry is not old
        )
        if any(other.unique_id == unique_id(data) for other in others):
            raise FormError("already_configured")
        await self._check_ca_file(data)
        if old is None or _registration(data) != _registration(old.data):
            await check_account(self._get_entry(), data)
        return data

    async def _check_ca_file(self, data: FormData) -> None:
        """Check the file of an own authority if one is wanted."""
        if data[CONF_TLS_VERIFY] != TlsVerify.OWN_CA:
            return
        if CONF_CA_FILE not in data:
            raise FormError("ca_file_required")
        data[CONF_CA_FILE] = self.hass.config.path(data[CONF_CA_FILE])
        await self.hass.async_add_executor_job(check_authorities, data[CONF_CA_FILE])


def unique_id(data: Mapping[str, Any]) -> str:
    """Return what tells accounts apart."""
    return f"{data[CONF_USERNAME]}@{data[CONF_SERVER]}"


def _registration(data: Mapping[str, Any]) -> FormData:
    """Return what a registration depends on."""
    return {key: data[key] for key in data if key not in NOT_REGISTERED}


def _check_fields(data: FormData) -> None:
    """Bring the fields into their one form, or raise FormError."""
    data.setdefault(CONF_PASSWORD, "")
    if CONF_NAME not in data:
        raise FormError("name_required", field=CONF_NAME)
    data[CONF_SERVER] = check_host(
        data.get(CONF_SERVER, ""), "invalid_host", field=CONF_SERVER
    )
    data[CONF_USERNAME] = check_user(
        data.get(CONF_USERNAME, ""), "invalid_username", field=CONF_USERNAME
    )
    for field in (CONF_AUTH_USERNAME, CONF_DISPLAY_NAME):
        check_text(data.get(field, ""))
    if CONF_OUTBOUND_PROXY in data:
        check_target(data[CONF_OUTBOUND_PROXY], "invalid_outbound_proxy")
    data[CONF_TRUSTED_NETWORKS] = check_networks(data.get(CONF_TRUSTED_NETWORKS, ()))
