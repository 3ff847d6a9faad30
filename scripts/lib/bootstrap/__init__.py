"""Set-up of a working copy; runs on any Python ≥ 3.11 with nothing but its library."""
