"""Takes the pictures of README and docs again: python -m tests.browser.screenshots FOLDER."""

import os
import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import Chromium
from tests.browser.page import enter, free_port, served, shows, write
from tests.support.flask_backend import SECRETS, example

TALK = (
    ('ann', 'say', 'Is anybody here?'),
    ('ben', 'say', 'Yes, in the other window.'),
    ('ann', 'say', 'Then the gateway works.'),
    ('ben', 'shout', 'Hello, everybody'),
)
LOOKS = (
    ('light', 'page.png', 'The route that has just run lights up on the right.'),
    ('dark', 'page-dark.png', 'At night too.'),
)
GLOW = 'document.getAnimations().forEach((one) => { one.pause(); one.currentTime = 200 })'


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chat(folder)
    job(folder)


def chat(folder: Path) -> None:
    """The page of conf/gateway.yaml."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        served(Path(scratch), free_port()) as url,
        Chromium() as browser,
        browser.window() as ann,
        browser.window() as ben,
    ):
        for window, name in ((ann, 'Ann'), (ben, 'Ben')):
            window.look(1280, 800, 'light')
            enter(window, url, name)
        people = {'ann': (ann, ben), 'ben': (ben, ann)}
        for name, button, text in TALK:
            writer, reader = people[name]
            write(writer, text, button)
            shows(reader, text)
        ann.until('document.querySelector("#history polyline").points.length > 12')
        for scheme, name, text in LOOKS:
            ann.look(1280, 800, scheme)
            write(ann, text, 'say')
            ann.until('document.querySelectorAll(".own.sending").length === 0')
            ann.run(GLOW)
            ann.screenshot(folder / name)


def job(folder: Path) -> None:
    """The page of conf/examples/flask-backend, in mid-job."""
    os.environ.update(SECRETS)
    with (
        tempfile.TemporaryDirectory() as scratch,
        example(Path(scratch)) as (gateway, _),
        Chromium() as browser,
        browser.window() as window,
    ):
        script = 'sessionStorage.setItem("name", "Ann")'
        window.send('Page.addScriptToEvaluateOnNewDocument', source=script)
        for scheme, name in (('light', 'backend.png'), ('dark', 'backend-dark.png')):
            window.look(720, 380, scheme)
            window.open(gateway.url + '/')
            window.until('document.querySelector("#state").textContent === "connected"')
            window.click('#start')
            window.until('document.querySelector("#bar").value === 45')
            window.screenshot(folder / name)
            window.until('document.querySelector("#said").className === "done"')


if __name__ == '__main__':
    main(Path(sys.argv[1]))
