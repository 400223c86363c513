// Connected, cut, connected again: says each, then asks for an echo.

const { ask, connect, main, once, say } = require('./client')

main(async (url, mode) => {
  const socket = await connect(url, mode, { reconnectionDelay: 50, reconnectionDelayMax: 200 })
  const first = socket.id
  await ask(socket, 'echo', 'before')
  say('connected')
  const [reason] = await once(socket, 'disconnect')
  say(reason)
  await once(socket, 'connect')
  const [answer] = await ask(socket, 'echo', 'after')
  const report = { answer, fresh: socket.id !== first }
  socket.disconnect()
  return report
})
