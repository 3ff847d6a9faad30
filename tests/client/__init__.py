"""Tests of the client, with a real child process."""
