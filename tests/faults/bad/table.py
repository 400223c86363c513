"""All rows, by the protocol whose rule they break."""

from tests.faults.bad import carried, deflate, frames, limits, packed, requests

TABLE = {
    'frames': frames.ROWS,
    'packets': carried.ROWS,
    'msgpack': packed.ROWS,
    'compression': deflate.ROWS,
    'requests': requests.ROWS,
    'limits': limits.ROWS,
}
ROWS = [row for rows in TABLE.values() for row in rows]
