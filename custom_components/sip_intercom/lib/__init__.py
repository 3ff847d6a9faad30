"""What the integration brings along: its library and, in a release, PJSIP."""
