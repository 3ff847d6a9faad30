"""Who guesses passwords, replays what was heard, or asks who there is."""

import asyncio
import re

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.messages import (
    BindingsChanged,
    CredentialsRefused,
)

from .addresses import new_address
from .agent import Agent
from .station import NoAnswerError, Station
from .stations import PASSWORD, bound, registrar, station
from .stranger import Stranger, anonymous, request, status

SILENCE = 1.0  # seconds


async def opened(
    agent: Agent, user: str, password: str = PASSWORD, source: str = ""
) -> Station:
    """Return a station of its own address."""
    there = (agent.endpoint.address, agent.endpoint.port)
    made = Station(user, password, there, source or new_address())
    await made.open()
    return made


async def guess(attacker: Station) -> tuple[int, str]:
    """Show a wrong password with a fresh nonce."""
    answered, answer = await attacker.send(attacker.next(300), SILENCE)
    if answered == 401:
        attacker.take(answer)
    return answered, answer


def said(answer: str) -> str:
    """Return what an answer says beyond what it echoes and its nonce."""
    text = anonymous(answer.encode()).decode()
    return re.sub(r'nonce="[^"]*"', "", text)


async def test_nobody_learns_who_there_is() -> None:
    """Requests and passwords for known and unknown users hear the same."""
    async with registrar(station("201")) as agent:
        known, unknown = (
            await opened(agent, "201", "x"),
            await opened(agent, "999", "x"),
        )
        for _ in range(3):
            one, other = await guess(known), await guess(unknown)
            assert one[0] == other[0] == 401
            assert said(one[1]) == said(other[1])
        with Stranger(agent.endpoint) as caller:
            answers = []
            for user in ("201", "999"):
                caller.send(request(caller, "INVITE", caller=f"sip:{user}@x.example"))
                answers.append(await caller.receive())
            assert [status(each) for each in answers] == [401, 401]
            assert said(answers[0].decode()) == said(answers[1].decode())
        known.close()
        unknown.close()


async def test_guesser_is_silenced_and_the_station_is_not() -> None:
    async with registrar(station("201")) as agent:
        attacker = await opened(agent, "201", "wrong")
        for _ in range(5):
            assert (await guess(attacker))[0] == 401
        with pytest.raises(NoAnswerError):
            await guess(attacker)
        genuine = await opened(agent, "201")
        assert await genuine.register(300)
        await bound(agent, "201")
        refused = await agent.seen(CredentialsRefused)
        assert refused[0].guesser.known
        state = await agent.client.list_state()
        assert state.guessers[0].attempts >= 4
        assert state.guessers[0].locked > 0
        attacker.close()
        genuine.close()


async def test_many_guessers_at_once_let_nobody_in() -> None:
    """As a tool does that tries a list of passwords as fast as it can."""
    async with registrar(station("201")) as agent:
        genuine = await opened(agent, "201")
        await genuine.register(300)
        await bound(agent, "201")

        async def attack(number: int) -> None:
            attacker = await opened(agent, "201", f"password{number}")
            try:
                for _ in range(10):
                    await guess(attacker)
            except NoAnswerError:
                pass
            finally:
                attacker.close()

        await asyncio.gather(*map(attack, range(20)))
        assert await genuine.register(300)
        changes = await agent.seen(BindingsChanged)
        assert {len(each.bindings) for each in changes} == {1}
        genuine.close()


async def test_what_was_heard_cannot_be_replayed() -> None:
    """Neither from elsewhere, nor from the same address, nor after a while."""
    async with registrar(station("201")) as agent:
        genuine = await opened(agent, "201")
        _, challenge = await genuine.ask(300)
        genuine.take(challenge)
        heard = genuine.next(300)
        assert (await genuine.send(heard))[0] == 200
        await bound(agent, "201")
        # As another request: the very same one is answered by its transaction.
        replayed = re.sub(rb"branch=z9hG4bK", b"branch=z9hG4bKagain", heard)
        replayed = replayed.replace(b"Expires: 300", b"Expires: 0")
        for source in (new_address(), genuine._source):
            with Stranger(agent.endpoint, source) as thief:
                thief.send(replayed)
                answer = await thief.receive()
                assert status(answer) == 401
                assert b"stale=true" in answer
        assert len((await agent.client.list_state()).bindings) == 1
        assert (await agent.client.list_state()).guessers == ()
        assert await genuine.register(300)
        genuine.close()


async def test_nonce_of_an_agent_before_this_one_is_stale() -> None:
    async with registrar(station("201")) as agent:
        genuine = await opened(agent, "201")
        await genuine.register(300)
        before = genuine.challenges
        await genuine.register(300)
        assert genuine.challenges == before
        agent.send_signal(9)
        await agent.ready()
        await genuine.register(300)
        assert genuine.challenges == before + 1
        assert (await agent.client.list_state()).guessers == ()
        genuine.close()


async def test_lost_answer_is_repeated() -> None:
    """A REGISTER whose 200 was lost is no replay, and no second binding."""
    async with registrar(station("201")) as agent:
        genuine = await opened(agent, "201")
        _, challenge = await genuine.ask(300)
        genuine.take(challenge)
        lost = genuine.next(300)
        assert await genuine.send(lost) == await genuine.send(lost)
        assert len(await agent.seen(BindingsChanged)) == 1
        genuine.close()
