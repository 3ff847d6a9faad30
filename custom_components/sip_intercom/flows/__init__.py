"""The steps of the configuration, one file for each flow."""
