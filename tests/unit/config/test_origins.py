"""`socketio.allowed_origins`: patterns become what browsers send, or are mistakes."""

import pytest

from gateway.config.mistakes import Mistakes
from gateway.config.origins import origins


@pytest.mark.parametrize(
    ('raw', 'expected'),
    [
        ('same-origin', 'same-origin'),
        ('*', '*'),
        ('https://a.example', ('https://a.example',)),
        (['HTTPS://A.Example:443', 'http://a:80'], ('https://a.example', 'http://a')),
        (['https://a.example:0443', 'http://a:08080'], ('https://a.example', 'http://a:8080')),
        (['http://[0:0::1]:8000', 'https://[::1]:443'], ('http://[::1]:8000', 'https://[::1]')),
        (['same-origin', 'https://*.a.example'], ('same-origin', 'https://*.a.example')),
        (['null'], ('null',)),
        ('null', ('null',)),
        # A host in Unicode, as browsers send it.
        (['https://münchen.example'], ('https://xn--mnchen-3ya.example',)),
        (['https://MÜNCHEN.example:8443'], ('https://xn--mnchen-3ya.example:8443',)),
        (['https://mu\u0308nchen.example'], ('https://xn--mnchen-3ya.example',)),
        (['https://*.münchen.example'], ('https://*.xn--mnchen-3ya.example',)),
        (['https://例え。テスト'], ('https://xn--r8jz45g.xn--zckzah',)),
        (['https://xn--mnchen-3ya.example'], ('https://xn--mnchen-3ya.example',)),
        (['capacitor://localhost'], ('capacitor://localhost',)),
    ],
)
def test_patterns(raw, expected):
    assert origins(raw) == expected


NOT_AN_ORIGIN = 'not an origin'
ITS_OWN_WAY = 'a host with a letter that browsers treat in their own way'


@pytest.mark.parametrize(
    ('raw', 'what'),
    [
        ('https://a.example.', NOT_AN_ORIGIN),
        ('https://münchen.example.', NOT_AN_ORIGIN),
        ('https://user@a.example', NOT_AN_ORIGIN),
        ('https://a.example:', NOT_AN_ORIGIN),
        ('', NOT_AN_ORIGIN),
        (5, NOT_AN_ORIGIN),
        ([], NOT_AN_ORIGIN),
        (None, 'empty'),
        ('https://a.example:65536', 'a port beyond 65535'),
        ('http://[::1::2]', 'not an IPv6 address'),
        ('https://faß.example', ITS_OWN_WAY),
        ('https://FAẞ.example', ITS_OWN_WAY),
        ('https://βόλος.example', ITS_OWN_WAY),
        ('https://a\u200db.example', ITS_OWN_WAY),
        ('https://ü..example', 'not a host that punycode can spell'),
        ('https://' + 'ü' * 64 + '.example', 'not a host that punycode can spell'),
        ('https://\ud800.example', 'not a host that punycode can spell'),
    ],
)
def test_what_is_no_pattern(raw, what):
    with pytest.raises(Mistakes) as caught:
        origins([raw])
    [mistake] = caught.value.found
    assert (mistake.what, mistake.at) == (what, (0,))
    assert mistake.mend


NO_SCHEME = 'a scheme is missing: write https:// (or http://) before it'
NO_PATH = 'an origin has no path: '
STAR = 'a * in the wrong place: a wildcard is the first label of a host only: https://*.example.com'
SEVERAL = 'several origins in one text: write a list: [https://a.example, https://b.example]'


@pytest.mark.parametrize(
    ('raw', 'told'),
    [
        ('app.example.com', NO_SCHEME),
        ('*.example.com', NO_SCHEME),
        ('localhost:3000', NO_SCHEME),
        ('münchen.example', NO_SCHEME),
        ('https://a.com/', NO_PATH + 'remove the / at the end'),
        ('https://münchen.example/', NO_PATH + 'remove the / at the end'),
        ('https://a.com/chat', NO_PATH + 'remove what follows the host'),
        ('https://*.a.com:8443?x', NO_PATH + 'remove what follows the host'),
        ('https://*', STAR),
        ('https://*/', STAR),
        ('https://a.com:*', STAR),
        ('https://a.*.com', STAR),
        ('https://a*.com', STAR),
        ('*://a.com', STAR),
        ('https://a.com, https://b.com', SEVERAL),
        ('https://a.com https://b.com', SEVERAL),
        ('https://a.com,https://b.com', SEVERAL),
        ('same_origin', 'not an origin: did you mean same-origin?'),
        ('SameOrigin', 'not an origin: did you mean same-origin?'),
        ('NULL', 'not an origin: did you mean null?'),
    ],
)
def test_a_usual_mistake_is_told_how_to_mend_it_alone_and_in_a_list(raw, told):
    for written in (raw, ['same-origin', raw]):
        with pytest.raises(Mistakes) as caught:
            origins(written)
        [mistake] = caught.value.found
        assert f'{mistake.what}: {mistake.mend}' == told
