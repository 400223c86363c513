"""Python modules by the names that the configuration gives them: found, imported, looked into.

- `./chat.py` is the module `chat`, `./sub/x.py` is `sub.x`; the configuration's folder is first on
  the import path, as a script's folder is.
- A name that leads to another file than the one meant is a mistake, and nothing is imported.
- What a module raises is told in one line: the exception, and where it was raised. No traceback.
"""

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from inspect import getattr_static, isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

from gateway.config.mistakes import Mistakes, nearest, wrong

GATEWAY = str(Path(__file__).parents[1]) + os.sep


def put_first(folder: Path) -> None:
    """Make a folder the first one to import from."""
    name = str(folder)
    if name in sys.path:
        sys.path.remove(name)
    sys.path.insert(0, name)
    importlib.invalidate_caches()  # files may be newer than what the import system remembers


def path_of(module: object) -> str | None:
    """Where an imported module lies. It is not asked itself: that loads one that is deferred."""
    if not issubclass(type(module), ModuleType):  # cffi's libraries say that they are modules
        return None
    name = object.__getattribute__(module, '__dict__').get('__file__')
    return name if isinstance(name, str) else None


def file_of(entry: str, folder: Path) -> Path | None:
    """The file that an entry of `handlers` names; None for the name of a module."""
    if not entry.startswith('./'):
        return None
    file = Path(folder, entry)
    if not file.is_file():
        beside = file.parent if file.parent.is_dir() else folder
        files = [found.relative_to(folder) for found in beside.glob('*.py')]
        raise wrong('no such file', nearest(entry, [f'./{found}' for found in files]))
    return file


def check_file(name: str, file: Path) -> None:
    """Mistakes where importing `name` would import something else than `file`."""
    if name.partition('.')[0] in sys.stdlib_module_names:
        raise wrong(f'{name} is a module of the standard library', 'rename the file')
    try:
        spec = importlib.util.find_spec(name)
        origin = spec.origin if spec else None
    except ValueError:  # it is loaded, and nobody knows from where
        origin = getattr(sys.modules.get(name), '__file__', None)
    if origin is None or Path(origin).resolve() != file.resolve():
        elsewhere = f'to {origin}' if origin else 'elsewhere'
        raise wrong(f'the name {name} leads {elsewhere}', 'rename the file')


def bring(name: str, folder: Path, file: Path | None = None) -> ModuleType:
    """Import a module; Mistakes where there is none, or it raises."""
    try:
        if file is not None:
            check_file(name, file)
        return importlib.import_module(name)
    except Mistakes:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and f'{name}.'.startswith(f'{error.name}.'):
            raise wrong(f'no module {error.name}', near(error.name, folder)) from None
        raise failed(f'importing {name}', error, folder) from None
    except (Exception, SystemExit) as error:
        raise failed(f'importing {name}', error, folder) from None


def near(name: str, folder: Path) -> str:
    """The nearest names beside a module that is not there."""
    parent, _, _ = name.rpartition('.')
    loaded = sys.modules.get(parent)
    if parent and not hasattr(loaded, '__path__'):
        return f'{parent} is a module, not a package'
    import pkgutil  # noqa: PLC0415 - for mistakes only

    paths = list(loaded.__path__) if loaded and parent else [str(folder)]
    names = [module.name for module in pkgutil.iter_modules(paths)]
    return nearest(name, [f'{parent}.{name}' if parent else name for name in names])


def failed(doing: str, error: BaseException, folder: Path) -> Mistakes:
    """What the user's code raised, in one line."""
    lines = str(error.msg if isinstance(error, SyntaxError) else error).strip().splitlines()
    place = raised_at(error, folder)
    what = f'{doing} raises {type(error).__name__}{place and f" at {place}"}'
    return wrong(f'{what}: {lines[0][:200]}' if lines else what)


def raised_at(error: BaseException, folder: Path) -> str:
    """The last line of the user's own code that had a part in it: `chat.py:3`."""
    frames = list(places(error))
    own = [(file, line) for file, line in frames if is_below(file, folder)]
    if not frames:
        return ''
    file, line = own[-1] if own else frames[-1]
    return f'{file.relative_to(folder) if is_below(file, folder) else file}:{line}'


def places(error: BaseException) -> Iterator[tuple[Path, int]]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        ours = file.startswith(('<frozen', GATEWAY)) or file == importlib.__file__
        if not ours:
            yield Path(file), line
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        yield Path(error.filename), error.lineno


def is_below(file: Path, folder: Path) -> bool:
    """Whether it is the user's own code; packages may be installed below its folder too."""
    return file.is_relative_to(folder) and 'site-packages' not in file.parts


def attribute(module: ModuleType, path: str) -> Any:
    """What `path` (a name, or Class.method) leads to; Mistakes where it leads nowhere."""
    owner: Any = module
    walked = module.__name__
    for name in path.split('.'):
        try:
            found = getattr(owner, name)
        except AttributeError:
            raise wrong(f'no {name} in {walked}', nearest(name, callables(owner))) from None
        if isinstance(owner, type) and isfunction(getattr_static(owner, name)):
            what = f'{name} is a method of {walked} without an instance'
            raise wrong(what, 'make it a @staticmethod, or name one of an instance')
        owner, walked = found, f'{walked}.{name}'
    return owner


def callables(owner: Any) -> list[str]:
    """The public functions and classes that are made there, not imported."""
    module = owner.__name__ if isinstance(owner, ModuleType) else getattr(owner, '__module__', '')
    return [
        name
        for name, value in getattr(owner, '__dict__', {}).items()
        if not name.startswith('_')
        and (callable(value) or isinstance(value, (staticmethod, classmethod)))
        and getattr(value, '__module__', module) == module
    ]
