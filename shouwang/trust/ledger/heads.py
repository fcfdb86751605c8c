"""Signed tree heads: what can be posted, printed and kept elsewhere, so that nobody can later tell another history."""

import base64
import logging
import urllib.request
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates
from django.conf import settings
from django.db import transaction

from shouwang.trust.ledger import keys, tree
from shouwang.trust.ledger.canonical import head_text, short_code
from shouwang.trust.ledger.models import Head, Tree
from shouwang.trust.ledger.sequencer import read, sequence

logger = logging.getLogger(__name__)
PATIENCE = 10  # seconds that a timestamp authority is given
LARGEST = 65_536  # bytes of its answer


class NoStamp(Exception):
    """Why a head has no timestamp, in Chinese."""


def sign(now: datetime) -> Head:
    """A head over everything committed so far. Each names the one before, so that none can be taken out unnoticed."""
    sequence()
    with transaction.atomic():
        Tree.objects.get_or_create(pk=1)
        size = Tree.objects.select_for_update().get(pk=1).size  # two who sign wait for each other here
        last = Head.objects.first()
        root = tree.root(size, read)
        previous = digest(last) if last else ""
        text = head_text(size=size, root=root, at=now, previous=previous)
        return Head.objects.create(size=size, root=root, at=now, previous=previous, key=keys.public(), signature=keys.sign(text))


def text(head: Head) -> bytes:
    """The bytes that its signature is over."""
    return head_text(size=head.size, root=head.root, at=head.at, previous=head.previous)


def digest(head: Head) -> str:
    return sha256(text(head)).hexdigest()


def code(head: Head) -> str:
    return short_code(text(head))


def is_genuine(head: Head) -> bool:
    """Signed by the key it names. Whether that key is the school's is asked by `keys.trusted`."""
    return keys.is_signed(head.key, head.signature, text(head))


def stamp(head: Head) -> bool:
    """Asks the configured authority (SHOUWANG_TIMESTAMP_URL) for a timestamp; False when none is configured. NoStamp with the reason."""
    if not settings.TIMESTAMP_URL or head.token:
        return bool(head.token)
    from rfc3161_client import TimestampRequestBuilder

    request = TimestampRequestBuilder().data(text(head)).build()
    answer = _ask(request.as_bytes())
    check_stamp(head, answer, nonce=request.nonce)
    return bool(Head.objects.filter(pk=head.pk, token="").update(token=base64.b64encode(answer).decode()))


def _ask(question: bytes) -> bytes:
    if not settings.TIMESTAMP_URL.startswith(("http://", "https://")):
        raise NoStamp("SHOUWANG_TIMESTAMP_URL 须以 https:// 或 http:// 开头")
    headers = {"Content-Type": "application/timestamp-query"}
    asked = urllib.request.Request(settings.TIMESTAMP_URL, data=question, headers=headers)  # noqa: S310  checked above; set by the operator
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
            return bytes(answer.read(LARGEST))
    except OSError as reason:
        raise NoStamp(f"时间戳服务没有回答：{reason}") from reason


def check_stamp(head: Head, answer: bytes, *, nonce: int | None = None) -> datetime:
    """The moment that the authority attests. NoStamp when its answer is not about this head, or not from the configured root."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        found = decode_timestamp_response(answer)
        info = found.tst_info
    except ValueError as reason:
        raise NoStamp(f"时间戳服务的回答无法读取：{reason}") from reason
    if info.message_imprint.message != _imprint(head, info.message_imprint.hash_algorithm.dotted_string):
        raise NoStamp("时间戳不是为这个树头出具的")
    if settings.TIMESTAMP_CA:
        verifier = VerifierBuilder(nonce=nonce)
        for certificate in load_pem_x509_certificates(Path(settings.TIMESTAMP_CA).read_bytes()):
            verifier = verifier.add_root_certificate(certificate)
        try:
            verifier.build().verify_message(found, text(head))
        except VerificationError as reason:
            raise NoStamp(f"时间戳没有通过验证：{reason}") from reason
    moment: datetime = info.gen_time
    return moment


def _imprint(head: Head, algorithm: str) -> bytes:
    import hashlib

    names = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
    return hashlib.new(names.get(algorithm, "sha256"), text(head)).digest()
