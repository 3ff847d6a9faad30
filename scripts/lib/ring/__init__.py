"""A doorbell for the workbench: SIPp with one scenario."""
