// Values of all sizes over permessage-deflate; what was negotiated, and how much came in.

const { ask, check, connect, main } = require('./client')

const VALUES = ['', 'x'.repeat(999), 'x'.repeat(1_001), '\u20ac'.repeat(50_000), Buffer.alloc(90_000)]

main(async (url, mode) => {
  const socket = await connect(url, mode, { perMessageDeflate: { threshold: 1_000 } })
  const { ws } = socket.io.engine.transport
  for (const value of VALUES) {
    check(await ask(socket, 'echo', value, 1), [value, 1], `${value.length} units`)
  }
  const received = ws._socket.bytesRead
  socket.disconnect()
  return { extensions: ws.extensions, received }
})
