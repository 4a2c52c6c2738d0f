"""What can go wrong with a lake that an operator must know about."""


class LakeError(Exception):
    """The lake cannot do what was asked; the message says what, where and what to do next."""


class IncompleteHour(LakeError):
    """The files that were read are not the files of the manifest: writing the hour would lose some of them."""
