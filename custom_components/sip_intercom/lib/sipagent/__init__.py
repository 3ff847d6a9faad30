"""A SIP user agent in a process of its own, and the client that drives it."""
