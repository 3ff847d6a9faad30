"""Completes a real call with the release's zip on each platform.

Runs in the environment of the newest Home Assistant. `driver` and `talking_agent`
run in the platform's own Python and take nothing from here.
"""
