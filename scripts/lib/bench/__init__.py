"""Measures the path of a ring; runs in the environment of the newest release."""

import sys

from bootstrap.paths import ROOT

sys.path.append(str(ROOT))
