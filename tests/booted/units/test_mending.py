"""A wrong configuration at night, with clients that come all the time, and the way back."""

import shutil
import socket

from tests.support import units


def test_a_service_that_has_failed_comes_back_by_two_commands():
    units.install()
    with units.drop_in('[Unit]\nStartLimitBurst=2\n'):
        mended()


def mended():
    (units.ETC / 'gateway.yaml').write_text('server: {listen: systemd}\nnamespace: {}\n')
    units.ctl('start', 'gateway.socket')

    def given_up():
        try:
            socket.create_connection(('127.0.0.1', units.PORT)).close()
        except ConnectionRefusedError:
            return True
        return False

    units.until(given_up)  # each connection was a try
    assert units.shown('Result', 'gateway.socket') == 'service-start-limit-hit'
    shutil.copy(units.CONF / 'gateway.yaml', units.ETC)
    units.ctl('reset-failed', 'gateway.service', 'gateway.socket')
    units.ctl('start', 'gateway.service')  # and with it its socket
    assert units.echo() == '431[1]'
    units.ctl('stop', 'gateway.service', 'gateway.socket')
