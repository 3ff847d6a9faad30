"""Tests of the configuration flows."""
