"""The other end of tests/support/program.py: obeys commands on stdin until it is closed."""

import asyncio
import json
import sys
import traceback
from typing import Any


def options() -> dict[str, Any]:
    """What the program was started with."""
    return json.loads(sys.argv[1])


async def serve(target: Any, hello: Any) -> None:
    """Call the coroutine methods of `target`; their results are the answers."""
    reader = asyncio.StreamReader(limit=2**24)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    _say(hello)
    async for line in reader:
        command, arguments = json.loads(line)
        try:
            _say(await getattr(target, command)(**arguments))
        except Exception:
            _say({'failed': traceback.format_exc()})
    transport.close()


def _say(value: Any) -> None:
    print(json.dumps(value), flush=True)
