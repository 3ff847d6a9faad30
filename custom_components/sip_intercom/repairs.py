"""Repairs: what only the user can mend, reported and taken back."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .coordinator import SipConfigEntry
from .failed_start import FAILED_STARTS, failed_start
from .lib.sipagent.client.events import AgentLost, AgentReady, ClientEvent
from .lib.sipagent.protocol.config import Transport
from .lib.sipagent.protocol.errors import SipAgentError
from .lib.sipagent.protocol.messages import TransportStatus
from .voip import async_voip_has_port

AGENT_KEEPS_DYING: Final = "agent_keeps_dying"
PORT_LOST: Final = "port_lost"
PORT_LOST_TO_VOIP: Final = "port_lost_to_voip"

ALL_WELL_AFTER: Final = timedelta(minutes=10)
LOG_LINES: Final = 20


class Repairs:
    """The issues of a user agent."""

    def __init__(self, hass: HomeAssistant, entry: SipConfigEntry) -> None:
        """Follow the agent and its transports."""
        self._hass = hass
        self._entry = entry
        self._cancel_all_well: CALLBACK_TYPE | None = None
        coordinator = entry.runtime_data
        entry.async_on_unload(coordinator.client.subscribe(self._handle_event))
        entry.async_on_unload(
            coordinator.async_add_listener(entry.entry_id, self._handle_state)
        )
        entry.async_on_unload(self._stop)

    @callback
    def _handle_event(self, event: ClientEvent) -> None:
        """Follow the life of the agent."""
        match event:
            case AgentReady():
                _async_forget_failed_starts(self._hass)
                self._start_clock()
            case AgentLost(keeps_dying=keeps_dying, error=error):
                self._stop_clock()
                async_report_failed_start(self._hass, error)
                if keeps_dying:
                    self._report_dying(event)

    @callback
    def _report_dying(self, event: AgentLost) -> None:
        """Report that the agent keeps dying, with its last words."""
        async_report(
            self._hass,
            AGENT_KEEPS_DYING,
            AGENT_KEEPS_DYING,
            deaths=str(event.recent_deaths),
            log="\n".join(event.last_log[-LOG_LINES:]).replace("```", "'''"),
        )

    @callback
    def _all_well(self, _now: datetime) -> None:
        """Take the report back once the agent has lived long enough."""
        self._cancel_all_well = None
        ir.async_delete_issue(self._hass, DOMAIN, AGENT_KEEPS_DYING)

    @callback
    def _handle_state(self) -> None:
        """Report each transport that does not listen, take back the others."""
        data = self._entry.runtime_data.data
        if not data.available:
            return
        for transport in Transport:
            lost = [
                status
                for status in data.transports
                if status.transport is transport and not status.listening
            ]
            if lost:
                self._report_lost(lost[0])
            else:
                ir.async_delete_issue(self._hass, DOMAIN, _port_issue(transport))

    @callback
    def _report_lost(self, status: TransportStatus) -> None:
        """Report a port that the user agent cannot listen on."""
        async_report(
            self._hass,
            _port_issue(status.transport),
            PORT_LOST_TO_VOIP if self._voip_has(status) else PORT_LOST,
            port=str(status.port),
            transport=status.transport.upper(),
            address=status.address or "*",
            reason=status.text,
        )

    def _voip_has(self, status: TransportStatus) -> bool:
        """Tell whether core's voip integration holds the port."""
        return status.transport is Transport.UDP and async_voip_has_port(
            self._hass, status.port
        )

    @callback
    def _stop(self) -> None:
        """Take back everything that only a running agent can tell.

        One that does not even start is tried again, and may keep dying.
        """
        self._stop_clock()
        for issue_id in map(_port_issue, Transport):
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        if self._entry.state is not ConfigEntryState.SETUP_RETRY:
            ir.async_delete_issue(self._hass, DOMAIN, AGENT_KEEPS_DYING)
        if self._entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            _async_forget_failed_starts(self._hass)

    @callback
    def _start_clock(self) -> None:
        """See whether the agent lives long enough."""
        job = HassJob(self._all_well, cancel_on_shutdown=True)
        self._cancel_all_well = async_call_later(self._hass, ALL_WELL_AFTER, job)

    @callback
    def _stop_clock(self) -> None:
        """Do not wait any longer for the agent to have lived long enough."""
        if self._cancel_all_well is not None:
            self._cancel_all_well()
            self._cancel_all_well = None


@callback
def async_report(
    hass: HomeAssistant, issue_id: str, key: str, **placeholders: str
) -> None:
    """Create or renew an issue."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=key,
        translation_placeholders=placeholders,
    )


@callback
def async_report_failed_start(hass: HomeAssistant, err: SipAgentError | None) -> None:
    """Report an error that only a person can mend, until an agent has started."""
    if (failed := failed_start(err)) is not None:
        async_report(hass, failed.key, failed.key, **failed.placeholders)


@callback
def async_forget_issues(hass: HomeAssistant) -> None:
    """Take back what outlives an entry that does not start."""
    _async_forget_failed_starts(hass)
    ir.async_delete_issue(hass, DOMAIN, AGENT_KEEPS_DYING)


@callback
def _async_forget_failed_starts(hass: HomeAssistant) -> None:
    """Take back what kept the agent from starting."""
    for issue_id in FAILED_STARTS:
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _port_issue(transport: Transport) -> str:
    """Return the id of the issue for a transport."""
    return f"{PORT_LOST}_{transport.value}"
