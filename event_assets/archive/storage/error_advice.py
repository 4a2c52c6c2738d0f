"""Advice for errors of a storage: one line each, chosen by the code of the storage or by class.

Covered by tests/archive/storage/test_s3_objects.py.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import botocore.exceptions as aws  # type: ignore[import-untyped]  # ships no types

from loaders.interface.disk import advise_disk

_RIGHTS: Final = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
}
"""The right that an operation of S3 needs, if its name differs from the operation."""

_SIGN_IN: Final = "Sign in again, or set fresh credentials."
_REGION: Final = 'Set client_kwargs = {{ region_name = "{}" }} in storage_options, or AWS_DEFAULT_REGION.'
_NO_BUCKET: Final = "Check the bucket's name in the URL, and endpoint_url in storage_options."
_COLD: Final = frozenset({"InvalidObjectState", "BlobArchived", "BlobBeingRehydrated"})
"""Codes of S3 and Azure for an object that has to be restored before it can be read."""
_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "NoSuchBucket": ("there is no such bucket", _NO_BUCKET),
    "InvalidBucketName": ("this is not a valid bucket name", _NO_BUCKET),
    "InvalidAccessKeyId": (
        "the access key is not known here",
        "Check key in storage_options, AWS_ACCESS_KEY_ID or the profile, and whether endpoint_url is the key's.",
    ),
    "SignatureDoesNotMatch": (
        "the secret does not fit the access key",
        "Check secret in storage_options, AWS_SECRET_ACCESS_KEY or the profile.",
    ),
    "ExpiredToken": ("the session's token has expired", _SIGN_IN),
    "TokenRefreshRequired": ("the session's token has expired", _SIGN_IN),
    "InvalidToken": ("the session's token is not valid", _SIGN_IN),
    "InvalidClientTokenId": ("the session's token is not valid", _SIGN_IN),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "Set the clock."),
    **dict.fromkeys(
        _COLD,
        ("the object is in an archive class such as Glacier", "Restore it, then run tideline load --retry-files."),
    ),
}
"""Codes of S3 (and of Azure) that only the operator can resolve -> the problem, and what to do."""

_DENIED: Final = frozenset({"AccessDenied", "AllAccessDisabled", "Forbidden", "403", "401", "AccountProblem"})
_ELSEWHERE: Final = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "Redirect", "301"}
)
_CLASSES: Final[tuple[tuple[tuple[type[BaseException], ...], tuple[str, str]], ...]] = (
    (
        (aws.NoCredentialsError, aws.PartialCredentialsError),
        (
            "there are no credentials",
            "Set profile, or key and secret, in storage_options, or AWS_PROFILE; for a public bucket, set anon = true.",
        ),
    ),
    (
        (aws.ProfileNotFound,),
        ("there is no such AWS profile", "Check profile in storage_options, AWS_PROFILE and AWS_CONFIG_FILE."),
    ),
    (
        (aws.CredentialRetrievalError, aws.InvalidConfigError, aws.InfiniteLoopConfigError, aws.ConfigParseError),
        ("credentials could not be obtained as configured", "Check the profile and its role in the AWS configuration."),
    ),
    ((aws.SSOError, aws.TokenRetrievalError), ("the sign-in has expired", _SIGN_IN)),
    (
        (aws.ParamValidationError,),
        ("the request is not valid", "Check the bucket's name in the URL and the storage_options."),
    ),
    (
        (aws.SSLError,),
        ("no secure connection could be established", "Check whether endpoint_url begins with http:// or https://."),
    ),
    (
        (aws.UnknownRegionError, aws.InvalidRegionError, aws.NoRegionError),
        ("the region is not known", _REGION.format("...")),
    ),
    ((NotADirectoryError, FileExistsError), ("a file is where a folder should be", "Check the path.")),
)
_UNREACHED: Final = (aws.EndpointConnectionError, aws.ConnectTimeoutError, aws.ProxyConnectionError)


@dataclass(frozen=True)
class Advice:
    """The problem in half a sentence, and what to do in a whole one.

    `passing`: a retry may succeed. `object_only`: other objects may still be readable. `denied`: it takes a permission.
    """

    problem: str
    remedy: str
    passing: bool = False
    object_only: bool = False
    denied: bool = False

    def message(self, action: str) -> str:
        """Return the whole message: `Listing s3://bucket failed: ...`."""
        return hide_secrets(f"{action} failed: {self.problem}. {self.remedy}")


def advise(error: BaseException, path: Path | None = None) -> Advice:
    """Return what to do about an error of a storage; an unknown error counts as passing.

    `path` is where files of this machine are read or written: the message of a full disk names it.
    """
    for cause in _causes(error):
        found = _advise_code(cause) or _advise_class(cause) or _advise_disk(cause, path)
        if found:
            return found
    if isinstance(error, PermissionError):
        return _denied(str(error), "list, read or write it")
    return Advice(f"{type(error).__name__}: {_one_line(error)}", "Run the same again.", passing=True, object_only=True)


def storage_code(error: BaseException) -> str:
    """Return the error code of an S3 storage, or an empty text."""
    return next((code for cause in _causes(error) if (code := _error_member(cause, "Code"))), "")


def is_missing_file(error: BaseException) -> bool:
    """Return whether a storage reports that a file does not exist, in a bucket that does."""
    return isinstance(error, FileNotFoundError) and storage_code(error) != "NoSuchBucket"


def hide_secrets(text: str) -> str:
    """Return the text without passwords and keys of URLs."""
    return re.sub(r"(://)[^/@\s]*@", r"\1***@", text)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and its causes, the innermost first: drivers wrap the error of the storage."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__
    return reversed(chain)


def _error_member(error: BaseException, member: str) -> str:
    """Return a member of the error in a storage's answer, or an empty text."""
    if member == "Code" and isinstance(getattr(error, "error_code", None), str):  # Azure's
        return str(error.error_code)  # type: ignore[attr-defined]  # asked for in the line before
    answer = getattr(error, "response", None)
    value = answer.get("Error", {}).get(member) if isinstance(answer, dict) else None
    return str(value or "")


def _advise_code(error: BaseException) -> Advice | None:
    code = _error_member(error, "Code")
    operation = getattr(error, "operation_name", "")
    if code in _CODES:
        return Advice(*_CODES[code], object_only=code in _COLD)
    if code in _DENIED:
        right = _RIGHTS.get(operation, f"s3:{operation}")
        if operation.startswith("Assume"):
            right = right.replace("s3:", "sts:")
            return replace(_denied("the role may not be assumed", f"be assumed ({right})"), object_only=False)
        return _denied(_error_member(error, "Message"), f"do so ({right})")
    if code in _ELSEWHERE:
        return _other_region(error)
    if code.isdecimal() and code.startswith("5"):  # codes of S3 are words
        problem = f"the endpoint may not be S3 ({code} {_one_line(_error_member(error, 'Message'))})"
        return Advice(problem, "Check endpoint_url in storage_options, then run the same again.", passing=True)
    return None


def _denied(reason: str, right: str) -> Advice:
    problem, remedy = f"no permission ({_one_line(reason)})", f"Give the role the right to {right}."
    return Advice(problem, remedy, object_only=True, denied=True)


def _other_region(error: BaseException) -> Advice:
    answer: Mapping[str, Any] = getattr(error, "response", {})
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = _error_member(error, "Region") or headers.get("x-amz-bucket-region") or ""
    problem = f"the bucket is in the region {region}" if region else "the bucket is in another region"
    return Advice(problem, _REGION.format(region or "..."))


def _advise_class(error: BaseException) -> Advice | None:
    for classes, (problem, remedy) in _CLASSES:
        if isinstance(error, classes):
            return Advice(f"{problem} ({_one_line(error)})", remedy)
    if type(error).__name__ == "ResponseParserError":  # its module takes a tenth of a second to import
        return Advice("the endpoint does not speak S3", "Check host and port of endpoint_url in storage_options.")
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return Advice("it is a link that leads back to itself", "Replace the link.", object_only=True)
    if isinstance(error, _UNREACHED):
        remedy = "Check endpoint_url in storage_options and the network, then run the same again."
        return Advice(f"the storage was not reached ({_one_line(error)})", remedy, passing=True)
    if isinstance(error, ValueError) and "endpoint" in str(error).lower():
        return Advice(_one_line(error), "endpoint_url in storage_options begins with http:// or https://.")
    if isinstance(error, TypeError) and (option := re.search(r"unexpected keyword argument '(\w+)'", str(error))):
        return Advice(f"{option[1]!r} is not an option of this storage", "Check storage_options.")
    return None


def _advise_disk(error: BaseException, path: Path | None) -> Advice | None:
    if isinstance(error, PermissionError):
        return None  # of a storage: the role, not this user, may lack the right
    found = advise_disk(error, path)
    if found is None:
        return None
    return Advice(found.problem, found.remedy, passing=found.passing, object_only=found.passing)


def _one_line(error: BaseException | str) -> str:
    return " ".join(str(error).split()).rstrip(".")[:300]
