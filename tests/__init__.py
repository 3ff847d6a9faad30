"""Tests of SIP Intercom."""
