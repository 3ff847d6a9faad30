"""Tests of the verification of a release."""
