"""Registrations come back soon, storm never, and give up only with proof."""

from dataclasses import replace

import pytest

from custom_components.sip_intercom.lib.sipagent.agent.request import Pass, Refuse
from custom_components.sip_intercom.lib.sipagent.protocol.calls import (
    RegistrationState,
)
from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    AccountConfig,
    HostConfig,
    Transport,
)
from custom_components.sip_intercom.lib.sipagent.protocol.errors import (
    CommandError,
    InvalidAuthError,
    InvalidCertificateError,
    SipStackError,
)
from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    RegistrationChanged,
)

from .fake_phone import INVITE
from .house import ACCOUNT, House

State = RegistrationState


def states(house: House) -> list[RegistrationState]:
    """Return the states that were told."""
    return [each.registration.state for each in house.of(RegistrationChanged)]


def test_account_registers_as_soon_as_it_is_configured() -> None:
    house = House()
    house.configure()
    assert house.phone.registered == ["pbx"]
    house.register()
    assert states(house) == [State.REGISTERING, State.REGISTERED]
    (registration,) = house.agent.list_state().registrations
    assert (registration.state, registration.expires) == (State.REGISTERED, 300)


def test_refresh_is_not_told(house: House) -> None:
    house.register()
    assert states(house) == []


@pytest.mark.parametrize(
    "state", [State.UNREACHABLE, State.TIMED_OUT, State.CERTIFICATE, State.REJECTED]
)
def test_failure_is_retried_between_5_and_6_seconds_later(
    house: House, state: RegistrationState
) -> None:
    house.phone.report("pbx", state)
    assert states(house) == [state]
    house.pass_time(5)
    assert house.phone.registered == ["pbx"]
    house.pass_time(1)
    assert house.phone.registered == ["pbx"] * 2


def test_lost_connection_is_made_anew_at_once(house: House) -> None:
    house.pass_time(10)
    house.phone.report("pbx", State.UNREACHABLE)
    house.pass_time(1)
    assert house.phone.registered == ["pbx"] * 2
    house.phone.report("pbx", State.UNREACHABLE)
    house.pass_time(5)
    assert house.phone.registered == ["pbx"] * 2
    house.pass_time(1)
    assert house.phone.registered == ["pbx"] * 3


def test_long_outage_is_no_storm_and_ends_at_once(house: House) -> None:
    house.phone.report("pbx", State.UNREACHABLE)
    for _ in range(600):
        before = len(house.phone.registered)
        house.pass_time(1)
        if len(house.phone.registered) > before:
            house.phone.report("pbx", State.UNREACHABLE)
    assert 100 <= len(house.phone.registered) - 1 <= 120
    assert states(house) == [State.UNREACHABLE]
    house.register()
    assert states(house) == [State.UNREACHABLE, State.REGISTERED]


def test_attempt_without_outcome_is_repeated(house: House) -> None:
    house.phone.report("pbx", State.UNREACHABLE)
    house.pass_time(6)
    assert len(house.phone.registered) == 2
    house.pass_time(44)
    assert len(house.phone.registered) == 2
    house.pass_time(1)
    assert len(house.phone.registered) == 3


def test_registration_that_is_not_refreshed_is_made_anew(house: House) -> None:
    house.pass_time(299)
    assert len(house.phone.registered) == 1
    house.pass_time(1)
    assert len(house.phone.registered) == 2


def test_one_rejection_is_no_wrong_password(house: House) -> None:
    house.phone.report("pbx", State.AUTH_FAILED)
    assert states(house) == [State.REJECTED]
    house.pass_time(6)
    house.phone.report("pbx", State.UNREACHABLE)
    house.pass_time(6)
    house.phone.report("pbx", State.AUTH_FAILED)
    assert State.AUTH_FAILED not in states(house)


def test_rejection_with_two_fresh_nonces_is_a_wrong_password(house: House) -> None:
    house.phone.report("pbx", State.AUTH_FAILED)
    house.pass_time(6)
    house.phone.report("pbx", State.AUTH_FAILED)
    assert states(house) == [State.REJECTED, State.AUTH_FAILED]
    house.pass_time(119)
    assert len(house.phone.registered) == 2
    house.pass_time(1)
    assert len(house.phone.registered) == 3


def forbid(
    house: House, seconds: float, state: RegistrationState = State.AUTH_FAILED
) -> None:
    """Answer every try with 403 for so long."""
    tried = 0
    for _ in range(int(seconds)):
        if len(house.phone.registered) > tried:
            tried = len(house.phone.registered)
            house.phone.report("pbx", state, status=403)
        house.pass_time(1)


def test_forbidden_is_tried_ever_less_often(house: House) -> None:
    for delay in (10, 30, 60, 60):
        house.phone.report("pbx", State.REJECTED, status=403)
        tried = len(house.phone.registered)
        house.pass_time(delay - 1)
        assert len(house.phone.registered) == tried
        house.pass_time(1)
        assert len(house.phone.registered) == tried + 1


def test_password_that_is_forbidden_for_long_is_wrong(house: House) -> None:
    forbid(house, 300)
    assert states(house) == [State.REJECTED]
    house.phone.report("pbx", State.AUTH_FAILED, status=403)
    assert states(house) == [State.REJECTED, State.AUTH_FAILED]
    tried = len(house.phone.registered)
    house.pass_time(119)
    assert len(house.phone.registered) == tried
    house.pass_time(1)
    assert len(house.phone.registered) == tried + 1
    house.phone.report("pbx", State.UNREACHABLE)
    house.phone.report("pbx", State.AUTH_FAILED, status=403)
    assert states(house)[-1] is State.REJECTED


def test_forbidden_before_any_password_is_no_wrong_one(house: House) -> None:
    forbid(house, 3600, State.REJECTED)
    assert states(house) == [State.REJECTED]


def test_anything_but_forbidden_starts_the_patience_anew(house: House) -> None:
    for _ in range(3):
        forbid(house, 250)
        house.phone.report("pbx", State.UNREACHABLE)
    assert State.AUTH_FAILED not in states(house)


def test_new_password_is_tried_at_once(house: House) -> None:
    for _ in range(2):
        house.phone.report("pbx", State.AUTH_FAILED)
    house.configure(accounts=(replace(ACCOUNT, password="better"),))
    assert house.phone.registered == ["pbx"] * 2
    assert house.phone.accounts["pbx"].password == "better"
    assert states(house)[-1] is State.REGISTERING
    house.phone.report("pbx", State.AUTH_FAILED)
    assert states(house)[-1] is State.REJECTED


def test_password_that_proves_right_is_tried_at_once(house: House) -> None:
    for _ in range(2):
        house.phone.report("pbx", State.AUTH_FAILED)
    try_account(house, replace(ACCOUNT, id="trial", display_name="Home"), None)
    house.pass_time(1)
    assert house.phone.registered == ["pbx"] * 2
    assert states(house)[-1] is State.REGISTERING
    for _ in range(2):
        house.phone.report("pbx", State.AUTH_FAILED)
    assert states(house)[-2:] == [State.REJECTED, State.AUTH_FAILED]


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"password": "other"}, None), ({}, InvalidAuthError("401"))],
)
def test_trial_that_proves_nothing_changes_nothing(
    house: House, changes: dict[str, str], error: CommandError | None
) -> None:
    for _ in range(2):
        house.phone.report("pbx", State.AUTH_FAILED)
    try_account(house, replace(ACCOUNT, id="trial", **changes), error)
    house.pass_time(1)
    assert house.phone.registered == ["pbx"]


def test_trial_leaves_a_registration_alone(house: House) -> None:
    try_account(house, replace(ACCOUNT, id="trial"), None)
    house.pass_time(1)
    assert house.phone.registered == ["pbx"]
    assert states(house) == []


def try_account(
    house: House, account: AccountConfig, error: CommandError | None
) -> None:
    """Try an account, with this outcome."""
    outcomes: list[CommandError | None] = []
    house.agent.try_account(account, (), outcomes.append)
    ((_, done),) = house.phone.trials
    done(error)
    assert outcomes == [error]


def test_token_outlives_changes(house: House) -> None:
    token = house.token()
    house.configure(accounts=(replace(ACCOUNT, password="better"),))
    assert house.token() == token


@pytest.mark.parametrize("method", ["put_account", "register"])
def test_account_that_cannot_be_used_fails_alone(method: str) -> None:
    house = House()
    house.phone.failure[method] = SipStackError("no transport")
    house.configure()
    assert states(house) == [State.REGISTERING, State.UNREACHABLE]
    house.phone.failure.clear()
    house.pass_time(6)
    assert house.phone.registered == ["pbx"]


def test_certificate_that_cannot_be_read() -> None:
    house = House()
    house.phone.failure["put_account"] = InvalidCertificateError("unreadable")
    house.configure()
    assert states(house)[-1] is State.CERTIFICATE


def test_new_address_of_the_pbx_is_tried_at_once(house: House) -> None:
    house.phone.report("pbx", State.UNREACHABLE)
    house.agent.set_host(HostConfig(name="pbx.example", addresses=("198.51.100.6",)))
    house.agent.set_host(HostConfig(name="other.example", addresses=("198.51.100.7",)))
    house.pass_time(1)
    assert house.phone.registered == ["pbx"] * 2


def test_name_without_address_is_not_tried_at_once(house: House) -> None:
    house.phone.report("pbx", State.UNREACHABLE)
    house.agent.set_host(HostConfig(name="pbx.example", addresses=()))
    house.pass_time(1)
    assert house.phone.registered == ["pbx"]


def test_new_address_of_the_pbx_leaves_a_registration_alone(house: House) -> None:
    house.agent.set_host(HostConfig(name="pbx.example", addresses=("198.51.100.6",)))
    house.pass_time(1)
    assert house.phone.registered == ["pbx"]


def test_report_of_an_unknown_account_is_ignored(house: House) -> None:
    house.phone.report("gone", State.REGISTERED)
    house.phone.report("pbx", State.REGISTERING)
    assert [each.account for each in house.agent.list_state().registrations] == ["pbx"]


def test_changed_address_of_the_machine_registers_anew(house: House) -> None:
    house.addresses.clear()
    house.pass_time(6)
    assert house.phone.address_changes == 0
    house.addresses.add("192.0.2.99")
    house.pass_time(6)
    assert house.phone.address_changes == 1
    house.pass_time(60)
    assert house.phone.address_changes == 1


def test_reason_of_a_registrar_is_made_fit_to_show(house: House) -> None:
    house.phone.report("pbx", State.REJECTED, text="No\x1b[2J\n" + "x" * 1000)
    text = house.of(RegistrationChanged)[-1].registration.text
    assert text.startswith("No [2J xxx")
    assert len(text) == 255


def test_connection_of_the_old_server_proves_nothing(house: House) -> None:
    house.register(connection=7)
    request = replace(
        INVITE, remote_address="203.0.113.9", transport=Transport.TCP, connection=7
    )
    assert isinstance(house.phone.ask(request), Pass)
    house.configure(accounts=(replace(ACCOUNT, server="other.example"),))
    assert house.phone.ask(request) == Refuse(stranger=True)
