"""Make a release; runs on any Python ≥ 3.11 with nothing but its library."""
