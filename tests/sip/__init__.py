"""The SIP stack on loopback: the real library, in processes of its own."""
