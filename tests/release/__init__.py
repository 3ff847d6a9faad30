"""What a release promises, without building anything."""
