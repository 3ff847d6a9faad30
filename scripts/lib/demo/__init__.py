"""A running Home Assistant with the integration from the working tree and a doorbell.

Runs in the environment of the newest release.
"""
