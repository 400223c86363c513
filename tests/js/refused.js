// A connect route's refusal, as the client sees it.

const { main, once, open } = require('./client')

main(async (url, mode) => {
  const socket = open(`${url}/guarded`, mode, { auth: { key: 'wrong' }, reconnection: false })
  socket.on('early', () => process.exit(2))
  const [error] = await once(socket, 'connect_error')
  return { message: error.message, connected: socket.connected }
})
