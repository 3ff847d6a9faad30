"""Actions on calls: each has a name, the call that it means, and what it does."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.const import CONF_METHOD
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType
import probatio

from .call_choice import async_chosen_calls
from .calls import endable_call, ringing_call, talking_call
from .connecting import SCHEMA as CONNECT_SCHEMA, async_connect
from .const import (
    ATTR_CALL_ID,
    ATTR_STATUS,
    ATTR_TONES,
    CONF_NUMBER,
    CONF_TONE_GAP,
    CONF_TONE_LENGTH,
    DOMAIN,
)
from .dialing import SCHEMA as CALL_SCHEMA, async_call
from .digits import SCHEMA as DIGITS_SCHEMA, async_ask_digits
from .door_action import SCHEMA as DOOR_SCHEMA, async_open
from .errors import translated
from .lib.sipagent.client.client import AgentClient
from .lib.sipagent.protocol.calls import Call
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.tones import (
    DEFAULT_TONE_GAP,
    DEFAULT_TONE_LENGTH,
    LONGEST_TONE,
    SHORTEST_TONE,
    ToneMethod,
    ToneStyle,
)
from .record_action import (
    SCHEMA as RECORD_SCHEMA,
    async_record,
    async_stop_recording,
)
from .targets import async_get_coordinator
from .users import async_user_name

SERVICE_CALL: Final = "call"
SERVICE_ASK_DIGITS: Final = "ask_digits"
SERVICE_CONNECT: Final = "connect"
SERVICE_RECORD: Final = "record"
SERVICE_STOP_RECORDING: Final = "stop_recording"
SERVICE_OPEN_DOOR: Final = "open_door"
DECLINE_STATUSES: Final = (486, 603)


@dataclass(frozen=True, kw_only=True)
class CallAction:
    """Describe an action on a call: which call it means, and what it does to it."""

    name: str
    call_fn: Callable[[Iterable[Call]], Call | None]
    run_fn: Callable[[AgentClient, str, ServiceCall], Awaitable[None]]
    no_call_key: str
    fields: VolDictType


async def _async_answer(client: AgentClient, call: str, action: ServiceCall) -> None:
    await client.answer(call, await async_user_name(action.hass, action.context))


MILLISECONDS: Final = probatio.All(
    probatio.Coerce(int), probatio.Range(min=SHORTEST_TONE, max=LONGEST_TONE)
)

ACTIONS: Final = (
    CallAction(
        name="hold",
        call_fn=talking_call,
        run_fn=lambda client, call, _: client.hold(call, held=True),
        no_call_key="no_talk",
        fields={},
    ),
    CallAction(
        name="resume",
        call_fn=talking_call,
        run_fn=lambda client, call, _: client.hold(call, held=False),
        no_call_key="no_talk",
        fields={},
    ),
    CallAction(
        name="mute",
        call_fn=talking_call,
        run_fn=lambda client, call, _: client.mute(call, muted=True),
        no_call_key="no_talk",
        fields={},
    ),
    CallAction(
        name="unmute",
        call_fn=talking_call,
        run_fn=lambda client, call, _: client.mute(call, muted=False),
        no_call_key="no_talk",
        fields={},
    ),
    CallAction(
        name="transfer",
        call_fn=talking_call,
        run_fn=lambda client, call, action: client.transfer(
            call, action.data[CONF_NUMBER]
        ),
        no_call_key="no_talk",
        fields={probatio.Required(CONF_NUMBER): cv.string},
    ),
    CallAction(
        name="answer",
        call_fn=ringing_call,
        run_fn=_async_answer,
        no_call_key="no_ringing_call",
        fields={},
    ),
    CallAction(
        name="decline",
        call_fn=ringing_call,
        run_fn=lambda client, call, action: client.decline(
            call, action.data[ATTR_STATUS]
        ),
        no_call_key="no_ringing_call",
        fields={
            probatio.Optional(ATTR_STATUS, default=DECLINE_STATUSES[0]): probatio.All(
                probatio.Coerce(int), probatio.In(DECLINE_STATUSES)
            )
        },
    ),
    CallAction(
        name="hang_up",
        call_fn=endable_call,
        run_fn=lambda client, call, _: client.hang_up(call),
        no_call_key="no_call",
        fields={},
    ),
    CallAction(
        name="send_tones",
        call_fn=talking_call,
        run_fn=lambda client, call, action: client.send_tones(
            call, action.data[ATTR_TONES], _style(action.data)
        ),
        no_call_key="no_answered_call",
        fields={
            probatio.Required(ATTR_TONES): cv.string,
            probatio.Optional(CONF_METHOD, default=ToneMethod.RTP): probatio.Coerce(
                ToneMethod
            ),
            probatio.Optional(
                CONF_TONE_LENGTH, default=DEFAULT_TONE_LENGTH
            ): MILLISECONDS,
            probatio.Optional(CONF_TONE_GAP, default=DEFAULT_TONE_GAP): MILLISECONDS,
        },
    ),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_CALL,
        async_call,
        schema=CALL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN, SERVICE_OPEN_DOOR, async_open, schema=DOOR_SCHEMA
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_ASK_DIGITS,
        async_ask_digits,
        schema=DIGITS_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN, SERVICE_CONNECT, async_connect, schema=CONNECT_SCHEMA
    )
    hass.services.async_register(
        DOMAIN, SERVICE_RECORD, async_record, schema=RECORD_SCHEMA
    )
    hass.services.async_register(
        DOMAIN, SERVICE_STOP_RECORDING, async_stop_recording, schema=RECORD_SCHEMA
    )
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN, action.name, _handler(action), schema=_schema(action)
        )


def _style(data: Mapping[str, Any]) -> ToneStyle:
    """Return how an action sends tones."""
    return ToneStyle(
        method=data[CONF_METHOD],
        length=data[CONF_TONE_LENGTH],
        gap=data[CONF_TONE_GAP],
    )


def _schema(action: CallAction) -> probatio.Schema:
    """Return what an action accepts: a call, a target, or neither."""
    return probatio.Schema(
        {
            **cv.ENTITY_SERVICE_FIELDS,
            probatio.Optional(ATTR_CALL_ID): cv.string,
            **action.fields,
        }
    )


def _handler(action: CallAction) -> Callable[[ServiceCall], Coroutine[Any, Any, None]]:
    """Return what carries out an action, on every call before it fails."""

    async def handle(call: ServiceCall) -> None:
        coordinator = async_get_coordinator(call.hass)
        errors: list[SipAgentError] = []
        for chosen in async_chosen_calls(
            coordinator, call.data, action.call_fn, action.no_call_key
        ):
            try:
                await action.run_fn(coordinator.client, chosen, call)
            except SipAgentError as err:
                errors.append(err)
        if errors:
            raise translated(errors[0]) from errors[0]

    return handle
