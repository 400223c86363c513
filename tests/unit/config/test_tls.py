"""`server.tls`: what is right about a certificate and its key, and every way to be wrong."""

import os
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway import cli
from gateway.config.load import load
from gateway.config.tls import moment
from gateway.errors import ConfigError
from tests.support import certificates

GOOD = '{certificate: cert.pem, key: key.pem}'
SMALL_KEY = ['-newkey', 'rsa:512', '-subj', '/CN=small', '-days', '1', '-nodes']


@pytest.fixture
def folder(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    return certificates.with_chain(tmp_path)


def read(folder, text=GOOD, **env):
    file = folder / 'gateway.yaml'
    file.write_text(f'server: {{tls: {text}}}\nnamespaces: {{/: }}')
    return load(file, env).server.tls


def problems(folder, text=GOOD):
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [str(problem).partition('gateway.yaml:')[2] for problem in caught.value.problems]


def openssl(folder, *args):
    subprocess.run(['openssl', *args], cwd=folder, check=True, capture_output=True)


def test_paths_are_relative_to_the_file_and_may_come_from_the_environment(folder):
    found = read(folder, '{certificate: "${env.CERT}", key: key.pem}', CERT='cert.pem')
    assert (found.certificate, found.key) == (folder / 'cert.pem', folder / 'key.pem')


def test_one_file_may_hold_both(folder):
    both = folder / 'both.pem'
    both.write_bytes((folder / 'key.pem').read_bytes() + (folder / 'cert.pem').read_bytes())
    assert read(folder, '{certificate: both.pem, key: both.pem}').key == both


def test_the_defaults_are_modern(folder):
    context = read(folder).context
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.verify_mode is ssl.CERT_NONE


def test_it_knows_how_long_the_certificate_is_valid(folder):
    since, until = datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
    issued = certificates.authority().issue_cert('a', not_before=since, not_after=until)
    issued.private_key_pem.write_to_path(folder / 'key.pem')
    issued.cert_chain_pems[0].write_to_path(folder / 'cert.pem')
    found = read(folder)
    assert (found.since, found.until) == (since, until)  # 2050 is written with four digits


@pytest.mark.parametrize(
    ('tag', 'text', 'year'),
    [(0x17, '491231235959Z', 2049), (0x17, '500101000000Z', 1950), (0x18, '99991231235959Z', 9999)],
)
def test_years_of_two_digits_are_of_1950_to_2049(tag, text, year):
    assert moment(tag, text).year == year


def test_an_expired_certificate_is_a_warning_at_the_start_and_of_check(folder, gateway, capsys):
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    since = until - timedelta(days=30)
    issued = certificates.authority().issue_cert('a', not_before=since, not_after=until)
    issued.private_key_pem.write_to_path(folder / 'key.pem')
    issued.cert_chain_pems[0].write_to_path(folder / 'cert.pem')
    running = gateway({'/': {}}, server={'tls': certificates.FILES})
    running.stop()
    days = f'{since:%Y-%m-%d} to {until:%Y-%m-%d}'
    assert [line for line in running.lines if 'WARNING' in line] == [
        f'WARNING gateway.app: {folder / "cert.pem"} is valid from {days}, not now'
    ]
    file = str(folder / 'gateway.yaml')
    assert cli.main(['check', '--config', file]) == 0
    assert capsys.readouterr() == (
        f'{file}: ok (1 namespace, 0 events)\n',
        f'{file}: warning: {folder / "cert.pem"} is valid from {days}, not now\n',
    )


def test_a_certificate_of_these_days_is_no_warning(folder):
    found = read(folder)
    assert found.warning() == ''
    early = replace(found, since=datetime.now(UTC) + timedelta(days=1))
    assert early.warning().endswith(', not now')


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (
            'cert.pem',
            (
                '1:15: server.tls: text, where a mapping is needed: write {certificate: FILE,'
                ' key: FILE}'
            ),
        ),
        (
            '{certificate: cert.pem}',
            '1:15: server.tls: key is missing: add it',
        ),
        (
            '{certificate: cert.pem, key: key.pem, keys: x}',
            '1:53: server.tls.keys: unknown key keys: did you mean key?',
        ),
        (
            '{certificate: 5, key: key.pem}',
            (
                '1:29: server.tls.certificate: a number, where a file is needed: paths are'
                ' relative to the folder of this file'
            ),
        ),
        (
            '{certificate: nowhere.pem, key: key.pem}',
            (
                '1:29: server.tls.certificate: no such file: paths are relative to'
                ' the folder of this file'
            ),
        ),
        (
            '{certificate: ., key: key.pem}',
            '1:29: server.tls.certificate: cannot be read: Is a directory',
        ),
        (
            '{certificate: pipe, key: key.pem}',
            '1:29: server.tls.certificate: cannot be read: it is a pipe',
        ),
        (
            '{certificate: key.pem, key: key.pem}',
            (
                '1:29: server.tls.certificate: this is a private key: are certificate and key'
                ' swapped?'
            ),
        ),
        (
            '{certificate: cert.pem, key: cert.pem}',
            ('1:44: server.tls.key: this is a certificate: are certificate and key swapped?'),
        ),
    ],
)
def test_a_mistake_has_its_place_and_says_how_to_mend_it(folder, text, expected):
    assert problems(folder, text) == [expected]


def test_all_mistakes_are_told_at_once(folder):
    found = problems(folder, '{certificate: nowhere, key: cert.pem, more: 1}')
    assert [line.split(': ')[1] for line in found] == [
        'server.tls.certificate',
        'server.tls.key',
        'server.tls.more',
    ]


def test_the_key_of_another_certificate(folder):
    certificates.authority().issue_cert('a').private_key_pem.write_to_path(folder / 'key.pem')
    assert problems(folder) == [
        (
            '1:44: server.tls.key: not the key of the certificate:'
            " the first certificate is the server's own, and its key is needed"
        )
    ]


def test_a_chain_in_the_wrong_order(folder):
    chain = (folder / 'cert.pem').read_text().split('-----END CERTIFICATE-----\n')
    (folder / 'cert.pem').write_text(
        '-----END CERTIFICATE-----\n'.join([*reversed(chain[:-1]), ''])
    )
    [problem] = problems(folder)
    assert 'not the key of the certificate: the first certificate is' in problem


@pytest.mark.parametrize('form', ['pkcs8', 'traditional'])
def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_a_password(folder, form):
    args = ['-traditional'] if form == 'traditional' else []
    openssl(
        folder, 'genpkey', '-algorithm', 'RSA', '-out', 'plain.pem', '-pkeyopt',
        'rsa_keygen_bits:1024',
    )  # fmt: skip
    openssl(
        folder, 'pkey', '-in', 'plain.pem', '-out', 'key.pem', '-aes128', '-passout', 'pass:secret',
        *args,
    )  # fmt: skip
    assert problems(folder) == [
        (
            '1:44: server.tls.key: the key is encrypted: openssl pkey -in FILE'
            ' -out PLAIN_FILE decrypts it'
        )
    ]


@pytest.mark.parametrize('file', ['cert.pem', 'key.pem'])
def test_a_damaged_file_is_told_from_the_other(folder, file):
    lines = (folder / file).read_text().splitlines()
    (folder / file).write_text('\n'.join([lines[0], *lines[2:]]))
    [problem] = problems(folder)
    place = {
        'cert.pem': '1:29: server.tls.certificate: the certificate',
        'key.pem': '1:44: server.tls.key: the key',
    }
    assert problem == f'{place[file]} is damaged: copy it again'


def test_a_key_that_is_too_weak(folder):
    openssl(folder, 'req', '-x509', *SMALL_KEY, '-keyout', 'key.pem', '-out', 'cert.pem')
    assert problems(folder) == [
        '1:29: server.tls.certificate: OpenSSL refuses it: ee key too small: make a stronger one'
    ]


AT_CERTIFICATE = '1:29: server.tls.certificate: '
AT_KEY = '1:44: server.tls.key: '


def test_what_is_der_is_no_pem(folder):
    openssl(folder, 'x509', '-in', 'cert.pem', '-outform', 'DER', '-out', 'cert.der')
    openssl(folder, 'pkey', '-in', 'key.pem', '-outform', 'DER', '-out', 'key.der')
    made = '-inform DER -in FILE -out FILE.pem makes one of a DER file'
    assert problems(folder, '{certificate: cert.der, key: key.der}') == [
        f'{AT_CERTIFICATE}no certificate in PEM: openssl x509 {made}',
        f'{AT_KEY}no private key in PEM: openssl pkey {made}',
    ]


def test_swapped_files(folder):
    swapped = 'are certificate and key swapped?'
    assert problems(folder, '{certificate: key.pem, key: cert.pem}') == [
        f'{AT_CERTIFICATE}this is a private key: {swapped}',
        f'1:43: server.tls.key: this is a certificate: {swapped}',
    ]


@pytest.mark.parametrize('keep', [-1, -10, -30, 100])
@pytest.mark.parametrize(('file', 'place'), [('cert.pem', AT_CERTIFICATE), ('key.pem', AT_KEY)])
def test_a_file_that_ends_too_early(folder, file, place, keep):
    (folder / file).write_bytes((folder / file).read_bytes().rstrip()[:keep])
    assert problems(folder) == [f'{place}the file is cut off: copy it again']


@pytest.mark.parametrize(('file', 'place'), [('cert.pem', AT_CERTIFICATE), ('key.pem', AT_KEY)])
def test_a_file_that_begins_too_late(folder, file, place):
    text = (folder / file).read_bytes().rpartition(b'-----BEGIN')[2]
    (folder / file).write_bytes(text)
    assert problems(folder) == [f'{place}the file is cut off: copy it again']


def test_an_empty_file(folder):
    (folder / 'key.pem').write_bytes(b'')
    assert problems(folder) == [f'{AT_KEY}no private key in PEM: the file is empty']


def test_another_thing_in_pem(folder):
    openssl(folder, 'pkey', '-in', 'key.pem', '-pubout', '-out', 'public.pem')
    assert problems(folder, '{certificate: public.pem, key: public.pem}') == [
        f'{AT_CERTIFICATE}no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----',
        '1:46: server.tls.key: no private key in PEM: it begins with -----BEGIN PRIVATE KEY-----',
    ]


def test_a_key_of_openssh_and_the_command_that_converts_it(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH)
    (folder / 'key.pem').write_bytes(key.private_bytes(*form, serialization.NoEncryption()))
    assert problems(folder) == [
        f'{AT_KEY}an OpenSSH key: ssh-keygen -p -N "" -m PKCS8 -f FILE converts the file'
    ]


@pytest.mark.parametrize('section', ['server', 'admin'])
def test_tls_where_only_unix_sockets_listen(folder, section):
    file = folder / 'gateway.yaml'
    listen = '[unix:/run/a.sock, unix:/run/b.sock]'
    file.write_text(f'{section}:\n  listen: {listen}\n  tls: {GOOD}\nnamespaces: {{/: }}')
    with pytest.raises(ConfigError) as caught:
        load(file)
    [problem] = caught.value.problems
    assert str(problem) == (
        f'{file}:3:8: {section}.tls: no TCP address in {section}.listen speaks it:'
        ' add ADDRESS:PORT there, or remove tls'
    )
    file.write_text(file.read_text().replace('unix:/run/b.sock', '127.0.0.1:0'))
    assert getattr(load(file), section).tls
