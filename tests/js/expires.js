// A token that expires while its client is connected, and what the client does about it.

const { createHmac } = require('node:crypto')
const { ask, main, once, open } = require('./client')

function sign(claims, secret) {
  const parts = [{ alg: 'HS256' }, claims].map((part) => encode(JSON.stringify(part)))
  const signature = createHmac('sha256', secret).update(parts.join('.')).digest('base64url')
  return [...parts, signature].join('.')
}

function encode(text) {
  return Buffer.from(text).toString('base64url')
}

main(async (url, mode, parser, secret) => {
  let token
  const bring = (give) => {
    token ??= sign({ sub: 'ann', exp: Date.now() / 1000 + 2 }, secret)
    give({ token })
  }
  const socket = open(url, mode, { auth: bring })
  await once(socket, 'connect')
  const [reason] = await once(socket, 'disconnect')
  const active = socket.active // whether it reconnects by itself
  socket.connect() // with the token that has expired
  const [error] = await once(socket, 'connect_error')
  token = sign({ sub: 'ann' }, secret)
  socket.connect()
  await once(socket, 'connect')
  const report = { reason, active, refused: error.message, who: await ask(socket, 'who') }
  socket.disconnect()
  return report
})
