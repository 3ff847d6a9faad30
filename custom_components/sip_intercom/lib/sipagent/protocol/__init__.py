"""The wire protocol between Home Assistant and the agent: values only, no I/O."""
