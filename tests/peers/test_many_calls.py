"""Thousands of calls, one after the other, of SIPp."""

from collections import Counter
from pathlib import Path

import pytest

from custom_components.sip_intercom.lib.sipagent.protocol.config import (
    DeviceConfig,
    ModesConfig,
)

from .addresses import new_address
from .agent import Agent
from .sipp import Press, Sipp

FEW = 50
MANY = 10_000
LONGEST = 1500  # seconds


@pytest.mark.parametrize(
    "count",
    [
        FEW,
        pytest.param(
            MANY, marks=(pytest.mark.nightly, pytest.mark.timeout(LONGEST + 60))
        ),
    ],
)
async def test_every_call_is_answered_and_ends(tmp_path: Path, count: int) -> None:
    source = new_address()
    bell = DeviceConfig(
        id="bell", addresses=(source,), modes=ModesConfig(auto_answer=True)
    )
    async with Agent(bell) as agent:
        press = Press(
            target=agent.endpoint.address,
            port=agent.endpoint.port,
            source=source,
            talk=0.01,
            count=count,
            extra=("-r", "100"),
        )
        async with Sipp(folder=tmp_path / "sipp", press=press) as sipp:
            seen = Counter(await sipp.outcomes(LONGEST))
        assert seen["answered"] == count
        assert (await agent.client.list_state()).calls == ()
        assert agent.client.deaths == 0
