"""The asyncio client: starts, watches and drives the agent."""
