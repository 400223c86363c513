// Values that only msgpack carries as they are: there and back, then both ways to disconnect.

const { ask, check, connect, main, once } = require('./client')

const SIZES = [0, 1, 2, 4, 8, 16, 17, 300]
const bytes = (size, fill) => Uint8Array.from({ length: size }, (_, at) => (fill + at) % 256)
const arrays = [0, 7].flatMap((fill) => SIZES.map((size) => bytes(size, fill)))
const VALUES = [
  [undefined],
  [{ missing: undefined, list: [undefined, null] }],
  [new Date(0), new Date(1_700_000_000_123), new Date(-1), { at: new Date(8.64e15) }],
  ...arrays.map((array) => [array]),
  arrays,
  [new ArrayBuffer(8), new Date(0), new ArrayBuffer(1), undefined, new Float64Array([0.1])],
  [65_536, undefined, 1, new ArrayBuffer(1)],
  [Buffer.from([]), Buffer.from([0]), Buffer.alloc(300, 1)],
  [2 ** 53, -(2 ** 53), 2 ** 63, -(2 ** 63), 0.1, -1, -128, 127, 65_536],
  [NaN, Infinity, -Infinity],
  ['\ud83d\ude00', '\u20ac\u0000'],
  [JSON.parse('['.repeat(200) + ']'.repeat(200))],
]

// A typed array comes back as the ArrayBuffer below it: that is how the parser reads it.
const received = (value) => (ArrayBuffer.isView(value) && !Buffer.isBuffer(value) ? value.buffer : value)

main(async (url, mode) => {
  const socket = await connect(url, mode)
  for (const args of VALUES) {
    const what = JSON.stringify(args).slice(0, 80)
    const expected = args.map(received)
    check(await ask(socket, 'echo', ...args), expected, `acknowledged ${what}`)
    const returned = once(socket, 'back')
    socket.emit('back', ...args)
    check(await returned, expected, `returned ${what}`)
  }
  // The parser writes other text for a surrogate that is alone: what matters is that all goes on.
  const [text] = await ask(socket, 'echo', 'a\ud800b' + 'x'.repeat(40), 'short \ud800!')
  check(typeof text, 'string', 'a lone surrogate')

  const left = once(socket, 'disconnect')
  socket.emit('bye')
  const report = { transport: socket.io.engine.transport.name, server: (await left)[0] }
  const back = once(socket, 'connect')
  socket.connect()
  await back
  const gone = once(socket, 'disconnect')
  socket.disconnect()
  return { ...report, client: (await gone)[0] }
})
