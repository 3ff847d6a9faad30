"""Devices that register with us: their credentials, bindings and who guesses at them."""
