"""Change where the user agent listens and what it does with strangers."""

from typing import Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_NAME, CONF_PORT
from homeassistant.helpers.selector import (
    BooleanSelector,
    ObjectSelector,
    ObjectSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..const import (
    CODECS,
    CONF_BIND_ADDRESS,
    CONF_CODECS,
    CONF_DIGEST,
    CONF_FIND_PHONES,
    CONF_FRITZ_PHONEBOOK,
    CONF_NUMBER,
    CONF_PHONEBOOK,
    CONF_RECORD_DAYS,
    CONF_RECORD_FORMAT,
    CONF_RECORD_MEGABYTES,
    CONF_RTP_FIRST,
    CONF_RTP_LAST,
    CONF_SIP_TRACE,
    CONF_TLS_CERTIFICATE,
    CONF_TLS_KEY,
    CONF_TLS_PORT,
    CONF_UNKNOWN_CALLERS,
    CONF_VCARD_FILE,
    DIGEST_ALL,
    DIGEST_MD5,
    DIGEST_STRONG,
    UNKNOWN_CALLERS_DISCOVER,
    UNKNOWN_CALLERS_IGNORE,
)
from ..lib.sipagent.protocol.config import (
    DEFAULT_PORT,
    DEFAULT_RTP_FIRST,
    DEFAULT_RTP_LAST,
    DEFAULT_TLS_PORT,
)
from ..phonebook import digits_of
from ..recording_files import OPUS, WAV
from ..vcard import read_vcards
from .certificates import check_certificate_and_key
from .forms import (
    NO_SECTION,
    PORT,
    TEXT,
    FormData,
    FormError,
    choice,
    flatten,
    show_form,
    whole_number,
)
from .names import check_address
from .ports import check_apart, check_port

MIN_RTP_PORTS: Final = 16
"""Eight calls, each with a port for RTP and one for RTCP."""

ANY_PORT: Final = 0
TLS_FIELDS: Final = (CONF_TLS_CERTIFICATE, CONF_TLS_KEY)

PHONEBOOK: Final = ObjectSelector(
    ObjectSelectorConfig(
        fields={
            CONF_NAME: {"required": True, "selector": TEXT},
            CONF_NUMBER: {"required": True, "selector": TEXT},
        },
        multiple=True,
        label_field=CONF_NAME,
        description_field=CONF_NUMBER,
        translation_key=CONF_PHONEBOOK,
    )
)

SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_PORT, default=DEFAULT_PORT): PORT,
        probatio.Optional(CONF_BIND_ADDRESS): TEXT,
        probatio.Optional(CONF_TLS_PORT): PORT,
        probatio.Optional(CONF_TLS_CERTIFICATE): TEXT,
        probatio.Optional(CONF_TLS_KEY): TEXT,
        probatio.Required(CONF_RTP_FIRST, default=DEFAULT_RTP_FIRST): PORT,
        probatio.Required(CONF_RTP_LAST, default=DEFAULT_RTP_LAST): PORT,
        probatio.Required(
            CONF_UNKNOWN_CALLERS, default=UNKNOWN_CALLERS_DISCOVER
        ): choice(
            CONF_UNKNOWN_CALLERS, (UNKNOWN_CALLERS_DISCOVER, UNKNOWN_CALLERS_IGNORE)
        ),
        probatio.Required(CONF_FIND_PHONES, default=True): BooleanSelector(),
        probatio.Required(CONF_DIGEST, default=DIGEST_MD5): choice(
            CONF_DIGEST, (DIGEST_MD5, DIGEST_ALL, DIGEST_STRONG)
        ),
        probatio.Optional(CONF_CODECS): SelectSelector(
            SelectSelectorConfig(
                options=list(CODECS),
                translation_key=CONF_CODECS,
                multiple=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        probatio.Required(CONF_RECORD_FORMAT, default=OPUS): choice(
            CONF_RECORD_FORMAT, (OPUS, WAV)
        ),
        probatio.Required(CONF_RECORD_DAYS, default=0): whole_number(0, 3650, "d"),
        probatio.Required(CONF_RECORD_MEGABYTES, default=0): whole_number(
            0, 1_000_000, "MB"
        ),
        probatio.Optional(CONF_PHONEBOOK): PHONEBOOK,
        probatio.Optional(CONF_VCARD_FILE): TEXT,
        probatio.Required(CONF_FRITZ_PHONEBOOK, default=False): BooleanSelector(),
        probatio.Required(CONF_SIP_TRACE, default=False): BooleanSelector(),
    }
)


class SipOptionsFlow(OptionsFlow):
    """Options of the user agent; the update listener applies the difference."""

    async def async_step_init(
        self, user_input: FormData | None = None
    ) -> ConfigFlowResult:
        """Ask for all options, and try what has changed."""
        entry = self.config_entry
        if user_input is None:
            return show_form(self, "init", SCHEMA, {**entry.data, **entry.options})
        try:
            options = await self._checked(user_input)
        except FormError as err:
            return show_form(self, "init", SCHEMA, user_input, err)
        port = options.pop(CONF_PORT)
        self.hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_PORT: port}, options=options
        )
        return self.async_create_entry(data=options)

    async def _checked(self, user_input: FormData) -> FormData:
        """Return complete options that can be used, or raise FormError."""
        options = flatten(user_input, NO_SECTION)
        if CONF_BIND_ADDRESS in options:
            options[CONF_BIND_ADDRESS] = check_address(options[CONF_BIND_ADDRESS])
        await self._check_tls(options)
        _check_rtp(options)
        check_apart(options)
        await self._check_phonebook(options)
        await self._check_ports(options)
        return options

    async def _check_phonebook(self, options: FormData) -> None:
        """Check names and numbers, and read the vCard file once."""
        for item in options.get(CONF_PHONEBOOK, ()):
            if not item[CONF_NAME].strip() or not digits_of(item[CONF_NUMBER]):
                raise FormError("invalid_contact", value=item[CONF_NUMBER])
        if CONF_VCARD_FILE not in options:
            return
        path = options[CONF_VCARD_FILE] = self.hass.config.path(
            options[CONF_VCARD_FILE]
        )
        try:
            await self.hass.async_add_executor_job(read_vcards, path)
        except (OSError, ValueError) as err:
            raise FormError("invalid_vcards", field=CONF_VCARD_FILE) from err

    async def _check_tls(self, options: FormData) -> None:
        """Check the certificate files; without a certificate nothing listens."""
        for field in TLS_FIELDS:
            if field in options:
                options[field] = self.hass.config.path(options[field])
        match [field in options for field in TLS_FIELDS]:
            case [True, True]:
                options.setdefault(CONF_TLS_PORT, DEFAULT_TLS_PORT)
                await self.hass.async_add_executor_job(
                    check_certificate_and_key, *(options[key] for key in TLS_FIELDS)
                )
            case [True, False]:
                raise FormError("key_required", field=CONF_TLS_KEY)
            case [False, True]:
                raise FormError("certificate_required", field=CONF_TLS_CERTIFICATE)
            case _ if CONF_TLS_PORT in options:
                raise FormError("certificate_required", field=CONF_TLS_CERTIFICATE)

    async def _check_ports(self, options: FormData) -> None:
        """Try the ports that our own running agent does not hold already."""
        entry = self.config_entry
        running = entry.state is ConfigEntryState.LOADED
        held = {entry.data[CONF_PORT], entry.options.get(CONF_TLS_PORT)}
        address = options.get(CONF_BIND_ADDRESS, "")
        await check_port(self.hass, address, ANY_PORT)
        for field in (CONF_PORT, CONF_TLS_PORT):
            port = options.get(field)
            if port is not None and not (running and port in held):
                await check_port(self.hass, address, port, field=field)


def _check_rtp(options: FormData) -> None:
    """Raise FormError unless the range is wide enough."""
    ports = range(options[CONF_RTP_FIRST], options[CONF_RTP_LAST] + 1)
    if len(ports) < MIN_RTP_PORTS:
        raise FormError("rtp_range", field=CONF_RTP_LAST, ports=str(MIN_RTP_PORTS))
