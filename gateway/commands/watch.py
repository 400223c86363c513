"""`serve --watch`: one process watches and starts another, which serves.

Rules of this file:
- The watch begins before the first start and never pauses, so no change is lost; changes during a
  start lead to another one.
- A gateway that could not start has said why; the next change is waited for. One that ended as it
  should (0) ends the watch.
- The two hold the ends of a socket. The child learns by it that the parent has died, however that
  was, and tells the parent which Python files it has imported.
- Below the configuration's folder Python, YAML and PEM files count, elsewhere the files that were
  imported, but for installed packages.
"""

import contextlib
import json
import os
import signal
import site
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType

from gateway.errors import StartError
from gateway.routing.modules import path_of

SUFFIXES = ('.py', '.yaml', '.yml', '.pem')
PATIENCE = 3.0  # seconds that a gateway may take to end before the next one starts
TICK = 100  # milliseconds between two looks at the child and at files elsewhere
QUIET = 50  # milliseconds without a change that end a burst of them

Say = Callable[[str], None]


class Parent:
    """Watches, and keeps one gateway running."""

    def __init__(self, config: Path, command: list[str], say: Say) -> None:
        self.folder = config.absolute().parent
        self.config = config
        self.command = command
        self.say = say
        self.stopping = 0  # signals that asked for the end
        self.child: subprocess.Popen[bytes] | None = None
        self.lifeline: socket.socket | None = None
        self.heard = b''
        self.began = 0.0  # when the child did
        self.stamps: dict[Path, int] = {}  # of files elsewhere

    def run(self) -> None:
        """Until SIGTERM, SIGINT, or the gateway's own end."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.stop)
        self.note([self.config, self.config.resolve()])  # whatever its name
        changes = watching(self.folder)
        next(changes)  # from here on nothing is missed
        try:
            self.start()
            while not self.stopping and not self.ended():
                if changed := {*next(changes), *self.elsewhere()}:
                    self.restart(changed)
        finally:
            self.end(None)

    def stop(self, signum: int, frame: FrameType | None) -> None:
        """The first signal is for the child too, which takes its time; the second one ends it."""
        self.stopping += 1
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM if self.stopping == 1 else signal.SIGKILL)

    def start(self) -> None:
        self.began = time.time()
        self.lifeline, other = socket.socketpair()
        with other:
            self.child = subprocess.Popen(  # noqa: S603 - this program again
                [*self.command, f'--lifeline={other.fileno()}'], pass_fds=[other.fileno()]
            )
        self.lifeline.setblocking(False)
        self.heard = b''
        if self.stopping:  # it came while there was no child to tell
            self.child.terminate()

    def restart(self, changed: set[Path]) -> None:
        self.end(PATIENCE)
        names = ', '.join(sorted(path.name for path in changed))
        self.say(f'{names} changed: starting again')
        if not self.stopping:
            self.start()

    def end(self, patience: float | None) -> None:
        """End the child; None: wait as long as it takes."""
        if self.child is None:
            return
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.say(f'the gateway took more than {patience:.0f} s to end: killed')
            self.child.kill()
            self.child.wait()
        self.listen()
        if self.lifeline is not None:
            self.lifeline.close()
        self.child = self.lifeline = None

    def ended(self) -> bool:
        """Whether the gateway has ended as it should; if it has failed, a change is waited for."""
        if self.child is None or (code := self.child.poll()) is None:
            self.listen()
            return False
        self.end(None)
        if code:
            self.say('waiting for a change')
        return code == 0

    def listen(self) -> None:
        """Note the files that the child has imported."""
        with contextlib.suppress(OSError):  # nothing to read now
            while self.lifeline is not None and (data := self.lifeline.recv(65_536)):
                self.heard += data
        *lines, self.heard = self.heard.split(b'\n')
        for line in lines:
            self.note(map(Path, json.loads(line)))

    def note(self, files: Iterable[Path]) -> None:
        """Look at these too, where the watch below the folder does not see them."""
        below = self.folder.resolve()
        for file in files:
            if file.suffix not in SUFFIXES or not file.resolve().is_relative_to(below):
                found, changed = stamp(file)
                self.stamps.setdefault(file, 0 if changed > self.began > 0 else found)

    def elsewhere(self) -> Iterator[Path]:
        """The noted files that have changed."""
        for file, before in self.stamps.items():
            self.stamps[file], _ = stamp(file)
            if self.stamps[file] != before:
                yield file


def stamp(file: Path) -> tuple[int, float]:
    """A number that a change changes, 0 where there is no file; and when that was."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0.0
    return hash((found.st_mtime_ns, found.st_size, found.st_ino)), found.st_mtime


def watching(folder: Path) -> Iterator[set[Path]]:
    """What has changed below a folder; an empty set each TICK. StartError where none can be had."""
    try:
        from watchfiles import Change, DefaultFilter, watch  # noqa: PLC0415
    except ImportError:
        raise StartError('--watch needs watchfiles: pip install watchfiles') from None

    if not folder.is_dir():
        raise StartError(f'no folder {folder}')

    class Filter(DefaultFilter):
        ignore_dirs = (*DefaultFilter.ignore_dirs, 'site-packages')

        def __call__(self, change: Change, path: str) -> bool:
            return path.endswith(SUFFIXES) and super().__call__(change, path)

    changes = watch(
        folder,
        watch_filter=Filter(),
        debounce=500,
        step=QUIET,
        rust_timeout=TICK,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for change in changes:
            yield {Path(path) for _, path in change}
    except OSError as error:  # more folders than the system watches for one user
        raise StartError(f'cannot watch {folder}: {error}') from None


def watch(config: Path, say: Say) -> None:
    """Run this program again without --watch, and again after each change."""
    command = [sys.executable, *(word for word in sys.orig_argv[1:] if word != '--watch')]
    Parent(config, command, say).run()


# The child's side.


class Lifeline:
    """The child's end of the socket."""

    def __init__(self, fileno: int) -> None:
        self.socket = socket.socket(fileno=fileno)
        self.socket.set_inheritable(False)
        self.told: set[str] = set()

    def hold(self) -> None:
        """From now on the parent's end is this process's end."""
        threading.Thread(target=self.wait, daemon=True, name='lifeline').start()

    def wait(self) -> None:
        """The parent never writes: only its end ends this."""
        with contextlib.suppress(OSError):
            self.socket.recv(1)
        os.kill(os.getpid(), signal.SIGTERM)

    def tell(self) -> None:
        """Tell the parent which files have been imported since the last time."""
        files = set(own_files()) - self.told
        self.told |= files
        if files:
            with contextlib.suppress(OSError):
                self.socket.sendall(json.dumps(sorted(files)).encode() + b'\n')


def own_files() -> Iterator[str]:
    """The files of imported modules that are neither installed nor the gateway's own."""
    folders = [*site.getsitepackages(), site.getusersitepackages(), str(Path(__file__).parents[1])]
    folders += [sysconfig.get_path(name) for name in ('stdlib', 'platstdlib')]
    installed = tuple(folder + os.sep for folder in folders)
    for module in list(sys.modules.values()):
        file = path_of(module)
        if file is not None and file.endswith('.py') and not file.startswith(installed):
            yield str(Path(file).absolute())
