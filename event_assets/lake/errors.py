"""What can go wrong with a lake that an operator must know about."""


class LakeError(Exception):
    """The lake cannot do what was asked; the message says what, where and what to do next."""


class TransientLakeError(LakeError):
    """The lake's storage did not answer; run the same again."""


class UnusableLake(LakeError):
    """The lake cannot be read or written at all as it is configured: no hour can be loaded until that is changed."""


class IncompleteHour(LakeError):
    """The files that were read are not the files of the manifest: writing the hour would lose some of them."""
