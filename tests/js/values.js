// Every kind of value, there and back: as an acknowledgement, and as an event to the sender.

const { ask, check, connect, main, once } = require('./client')

// The msgpack parser writes the low 64 bits of a larger integer.
const large = process.argv[4] === 'msgpack' ? 2 ** 63 : 1e21
const bytes = Buffer.from([0, 1, 127, 128, 255])
const VALUES = [
  [],
  ['text'],
  [''],
  ['\u00e9\u20ac\ud83d\ude00 "quoted" \\ \u0000 \u2028 \x1e'],
  ['x'.repeat(70_000)],
  [0, -1, 1.5, large, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER],
  [true, false, null],
  ['one', 2, { three: [3] }, [[4]]],
  [{ nested: { list: [1, [2, { deep: null }]] } }],
  [bytes],
  [Buffer.alloc(0)],
  [Buffer.alloc(100_000, 7)],
  [bytes, 'between', bytes],
  [{ file: { name: 'a', parts: [bytes, { tail: bytes }] } }, 1, [bytes]],
]

main(async (url, mode) => {
  const socket = await connect(url, mode)
  for (const args of VALUES) {
    const what = JSON.stringify(args).slice(0, 80)
    check(await ask(socket, 'echo', ...args), args, `acknowledged ${what}`)
    const returned = once(socket, 'back')
    socket.emit('back', ...args)
    check(await returned, args, `returned ${what}`)
  }
  const many = Array.from({ length: 200 }, (_, number) => ask(socket, 'echo', number, bytes))
  check(await Promise.all(many), Array.from({ length: 200 }, (_, n) => [n, bytes]), 'many at once')
  const transport = socket.io.engine.transport.name
  socket.disconnect()
  return { transport, values: VALUES.length }
})
