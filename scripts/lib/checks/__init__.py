"""What has to be green: lint, types and tests, with a summary of what ran."""
