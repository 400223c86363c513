"""A wrong configuration at night, with clients that come all the time, and the way back."""

import shutil
import socket

from tests.booted.units import test_unit as unit
from tests.booted.units.test_libraries import install


def test_a_service_that_has_failed_comes_back_by_two_commands():
    install()
    with unit.drop_in('[Unit]\nStartLimitBurst=2\n'):
        mended()


def mended():
    (unit.ETC / 'gateway.yaml').write_text('server: {listen: systemd}\nnamespace: {}\n')
    unit.ctl('start', 'gateway.socket')

    def given_up():
        try:
            socket.create_connection(('127.0.0.1', unit.PORT)).close()
        except ConnectionRefusedError:
            return True
        return False

    unit.until(given_up)  # each connection was a try
    assert unit.shown('Result', 'gateway.socket') == 'service-start-limit-hit'
    shutil.copy(unit.CONF / 'gateway.yaml', unit.ETC)
    unit.ctl('reset-failed', 'gateway.service', 'gateway.socket')
    unit.ctl('start', 'gateway.service')  # and with it its socket
    assert unit.echo() == '431[1]'
    unit.ctl('stop', 'gateway.service', 'gateway.socket')
