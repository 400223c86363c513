"""`server.tls`: a certificate with its chain and a key, both PEM, checked when they are read.

What has been checked is what is served: the context is made here, once.
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationInfo

from gateway.config.mistakes import Mistake, Mistakes, kind, nearest, wrong

KEYS = ('certificate', 'key')
MEND = 'write {certificate: FILE, key: FILE}'
RELATIVE = 'paths are relative to the folder of this file'
MARKS = re.compile(rb'-----(BEGIN|END) [A-Z0-9 ]+-----')
CERTIFICATE = re.compile(rb'-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----', re.DOTALL)
KEY = re.compile(rb'-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----')
ENCRYPTED = re.compile(rb'-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: *4, *ENCRYPTED')
OPENSSH = b'-----BEGIN OPENSSH PRIVATE KEY-----'
NOUNS = {  # of each key: what its file holds, how that begins, and what reads it
    'certificate': ('certificate', 'CERTIFICATE', 'x509'),
    'key': ('private key', 'PRIVATE KEY', 'pkey'),
}
UTC_TIME = 0x17  # the tag of a time with a year of two digits (X.690, section 8.25)


@dataclass(frozen=True, slots=True)
class Tls:
    """`certificate` is valid from `since` until `until`; two are equal if their files were."""

    certificate: Path
    key: Path
    digest: bytes = field(repr=False)  # of what is in the files
    context: ssl.SSLContext = field(compare=False)
    since: datetime
    until: datetime

    def warning(self) -> str:
        """What is wrong with its days, if anything is: no reason not to start."""
        if self.since <= datetime.now(UTC) < self.until:
            return ''
        days = f'{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}'
        return f'{self.certificate} is valid from {days}, not now'


def tls(raw: Any, info: ValidationInfo) -> Tls:
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a mapping is needed', MEND)
    found = [
        Mistake(f'unknown key {name}', nearest(name, KEYS), (name,), key=True)
        for name in raw
        if name not in KEYS
    ]
    found += [Mistake(f'{name} is missing', 'add it') for name in KEYS if name not in raw]
    paths, texts = {}, {}
    for name in KEYS:
        if name in raw:
            try:
                paths[name], texts[name] = read(raw[name], info.context)
                check(name, texts[name])
            except Mistakes as mistakes:
                found += [mistake.below(name) for mistake in mistakes.found]
    if found:
        raise Mistakes(*found)
    context = load(paths['certificate'], paths['key'])
    leaf = CERTIFICATE.search(texts['certificate'])
    assert leaf is not None
    since, until = validity(ssl.PEM_cert_to_DER_cert(leaf[0].decode('ascii')))
    digest = sha256(texts['certificate'] + texts['key']).digest()
    return Tls(paths['certificate'], paths['key'], digest, context, since, until)


def read(raw: Any, folder: Path | None) -> tuple[Path, bytes]:
    if not isinstance(raw, str) or not raw or '\0' in raw:
        raise wrong(f'{kind(raw)}, where a file is needed', RELATIVE)
    path = Path(folder or '', raw)
    try:
        if path.is_fifo():
            raise wrong('cannot be read', 'it is a pipe')
        return path, path.read_bytes()
    except FileNotFoundError:
        raise wrong('no such file', RELATIVE) from None
    except OSError as error:
        raise wrong('cannot be read', error.strerror or '') from None


def check(name: str, text: bytes) -> None:
    """What can be said of one file by itself."""
    noun, begin, tool = NOUNS[name]
    marks = MARKS.findall(text)
    if not marks and b'-----BEGIN' not in text:
        mend = f'openssl {tool} -inform DER -in FILE -out FILE.pem makes one of a DER file'
        raise wrong(f'no {noun} in PEM', mend if text else 'the file is empty')
    has = {'certificate': b'-----BEGIN CERTIFICATE-----' in text, 'key': bool(KEY.search(text))}
    other = 'key' if name == 'certificate' else 'certificate'
    if has[other] and not has[name]:
        raise wrong(f'this is a {NOUNS[other][0]}', 'are certificate and key swapped?')
    if marks.count(b'BEGIN') != marks.count(b'END'):
        raise wrong('the file is cut off', 'copy it again')
    if not (CERTIFICATE if name == 'certificate' else KEY).search(text):
        raise wrong(f'no {noun} in PEM', f'it begins with -----BEGIN {begin}-----')
    if name == 'key' and OPENSSH in text:
        raise wrong('an OpenSSH key', 'ssh-keygen -p -N "" -m PKCS8 -f FILE converts the file')
    if name == 'key' and ENCRYPTED.search(text):
        raise wrong('the key is encrypted', 'openssl pkey -in FILE -out PLAIN_FILE decrypts it')


def load(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's context: TLS 1.2 and newer, HTTP/1.1, neither compression nor renegotiation.

    A client may close without saying so first, as many do: all that is sent here has its length.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    context.set_alpn_protocols(['http/1.1'])
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except ssl.SSLError:
        raise wrong('the certificate is damaged', 'copy it again', 'certificate') from None
    try:
        context.load_cert_chain(certificate, key, password=lambda: b'')  # never ask the terminal
    except ssl.SSLError as error:
        if 'MISMATCH' in (error.reason or ''):
            mend = "the first certificate is the server's own, and its key is needed"
            raise wrong('not the key of the certificate', mend, 'key') from None
        if error.library == 'SSL' and error.reason:  # EE_KEY_TOO_SMALL, CA_MD_TOO_WEAK
            why = error.reason.lower().replace('_', ' ')
            raise wrong(
                f'OpenSSL refuses it: {why}', 'make a stronger one', 'certificate'
            ) from None
        raise wrong('the key is damaged', 'copy it again', 'key') from None
    return context


def validity(certificate: bytes) -> tuple[datetime, datetime]:
    """notBefore and notAfter of a certificate in DER (RFC 5280, section 4.1)."""
    [(_, whole)] = elements(certificate)
    _, body = next(elements(whole))
    # version (tag A0, may be absent), serial number, signature, issuer, validity
    fields = [content for tag, content in elements(body) if tag != 0xA0]
    since, until = (moment(tag, text.decode('ascii')) for tag, text in elements(fields[3]))
    return since, until


def elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of a sequence in DER: tag and content (X.690, section 8.1)."""
    at = 0
    while at < len(der):
        tag, size, at = der[at], der[at + 1], at + 2
        if size >= 0x80:
            count = size - 0x80
            size, at = int.from_bytes(der[at : at + count], 'big'), at + count
        yield tag, der[at : at + size]
        at += size


def moment(tag: int, text: str) -> datetime:
    """A time of RFC 5280, section 4.1.2.5; years of two digits are 1950 to 2049."""
    if tag == UTC_TIME:
        text = ('19' if text >= '50' else '20') + text
    return datetime.strptime(text, '%Y%m%d%H%M%SZ').replace(tzinfo=UTC)
