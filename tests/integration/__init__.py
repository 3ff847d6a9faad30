"""Tests of the integration inside Home Assistant, with the agent faked."""
