"""Builds the dashboard card."""
