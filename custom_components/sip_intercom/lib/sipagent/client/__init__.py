"""The client that runs and drives the agent, in asyncio and without Home Assistant."""

from .client import AgentClient
from .events import AgentEvent, AgentLost, AgentReady, ClientEvent, Resolver
from .native import find_native_library, platform_key
from .ports import try_bind
from .timing import Timing

__all__ = [
    "AgentClient",
    "AgentEvent",
    "AgentLost",
    "AgentReady",
    "ClientEvent",
    "Resolver",
    "Timing",
    "find_native_library",
    "platform_key",
    "try_bind",
]
