"""What keeps a release from being made."""


class ReleaseError(Exception):
    """The release is not made; the text says why and what to do."""
