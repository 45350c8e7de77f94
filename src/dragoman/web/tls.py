"""The certificate that we serve with: a given one, or one that we sign ourselves and keep."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dragoman.errors import SettingsError

SELF_SIGNED: Final = "self-signed"
LASTS: Final = timedelta(days=365)
"""Browsers refuse certificates that are good for much more than a year."""
RENEWED_BEFORE: Final = timedelta(days=14)

_SKEW: Final = timedelta(hours=1)
"""A phone's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: the certificate with those that vouch for it, and its key without a password."""

    chain: Path
    key: Path

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it."""
        digest = x509.load_pem_x509_certificate(self.chain.read_bytes()).fingerprint(hashes.SHA256())
        return digest.hex(":").upper()


def certificate_of(given: str, folder: Path, public_host: str = "") -> Certificate:
    """What `--tls` means: `self-signed`, or CERT,KEY. Raise SettingsError.

    One of our own is kept in `folder` and made anew when it is about to end, or when this machine has another address.
    """
    if given.strip() == SELF_SIGNED:
        return self_signed(folder, own_names(public_host))
    chain, comma, key = given.partition(",")
    if not comma or not chain.strip() or not key.strip():
        raise SettingsError([f"--tls: {given!r} is neither {SELF_SIGNED} nor CERT,KEY: two files with a comma between"])
    found = Certificate(Path(chain.strip()).expanduser(), Path(key.strip()).expanduser())
    _check(found)
    return found


def _check(certificate: Certificate) -> None:
    for file in (certificate.chain, certificate.key):
        if not os.access(file, os.R_OK):
            raise SettingsError([f"--tls: {file} is not there, or may not be read"])
    try:
        # An empty password, lest OpenSSL ask for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate.chain, certificate.key, password="")
    except (ssl.SSLError, OSError) as broken:
        why = f"{certificate.chain} and {certificate.key} do not make a certificate with its key (PEM, no password)"
        raise SettingsError([f"--tls: {why}: {broken}"]) from None


def own_names(public_host: str = "") -> tuple[str, ...]:
    """The names and addresses under which others may reach this machine."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), public_host, *own_addresses()]
    return tuple(dict.fromkeys(name for name in names if name and name.isascii()))


def own_addresses() -> list[str]:
    """This machine's addresses in the network around it, IPv4 first; none where there is none. Nothing is sent."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found.append(str(probe.getsockname()[0]))
    return found


def self_signed(folder: Path, names: Sequence[str]) -> Certificate:
    """The kept certificate when it is good for `names` and lasts; else a new one. Files are for the owner only."""
    kept = Certificate(folder / "tls-cert.pem", folder / "tls-key.pem")
    now = datetime.now(UTC)
    if _serves(kept, names, now):
        return kept
    key = ec.generate_private_key(ec.SECP256R1())
    made = _signed(key, names, now)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(kept.key, secret)
        _write(kept.chain, made.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise SettingsError([f"--tls: no certificate can be kept in {folder}: {error.strerror}"]) from None
    return kept


def _serves(kept: Certificate, names: Sequence[str], now: datetime) -> bool:
    try:
        _check(kept)
        found = x509.load_pem_x509_certificate(kept.chain.read_bytes())
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (SettingsError, OSError, ValueError, x509.ExtensionNotFound):
        return False
    return found.not_valid_after_utc - RENEWED_BEFORE > now and set(_alternatives(names)) <= set(named)


def _signed(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    ourselves = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Dragoman on this machine")])
    return (
        x509.CertificateBuilder()
        .subject_name(ourselves)
        .issuer_name(ourselves)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _write(file: Path, text: bytes) -> None:
    """Whole or not at all, and never readable by others."""
    new = file.with_suffix(".new")
    with open(new, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        out.write(text)
    new.replace(file)
