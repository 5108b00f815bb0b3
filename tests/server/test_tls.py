"""HTTPS on the port itself, and a certificate that is exchanged while the server runs."""

import asyncio
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.responses import PlainTextResponse

from livehall.server.process import StartError
from livehall.server.tls import Certificate
from tests.server.serving import served


def write_pair(folder, name):
    """A certificate for `name`, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "cert.pem", folder / "key.pem"


async def name_shown(port):
    """The common name of the certificate that a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown = x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    writer.close()
    await writer.wait_closed()
    return shown.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


async def test_a_changed_certificate_is_shown_to_new_connections(tmp_path):
    certificate = Certificate(*write_pair(tmp_path, "first.example"))
    async with served(PlainTextResponse("x"), context=certificate.context, lifespan="off") as port:
        assert await name_shown(port) == "first.example"
        assert certificate.reload_if_changed() is False
        write_pair(tmp_path, "second.example")
        assert certificate.reload_if_changed() is True
        assert await name_shown(port) == "second.example"


async def test_a_changed_certificate_that_does_not_fit_is_left_alone(tmp_path):
    certificate = Certificate(*write_pair(tmp_path, "first.example"))
    async with served(PlainTextResponse("x"), context=certificate.context, lifespan="off") as port:
        (tmp_path / "cert.pem").write_text("half a certif")
        assert certificate.reload_if_changed() is False
        assert await name_shown(port) == "first.example"


def test_a_pair_that_cannot_be_used_stops_the_start(tmp_path):
    cert, key = write_pair(tmp_path, "first.example")
    key.write_text("no key")
    with pytest.raises(StartError, match="cannot be used"):
        Certificate(cert, key)
