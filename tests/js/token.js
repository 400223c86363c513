// What becomes of each of a list of connects: who the gateway says it is, or why it is refused.

const { ask, main, once, open } = require('./client')

main(async (url, mode, parser, attempts) => {
  const outcomes = []
  for (const { namespace = '/', auth, headers } of JSON.parse(attempts)) {
    const options = { auth, extraHeaders: headers, reconnection: false }
    const socket = open(url + namespace, mode, options)
    outcomes.push(
      await Promise.race([
        once(socket, 'connect').then(() => ask(socket, 'who')),
        once(socket, 'connect_error').then(([error]) => error.message),
      ]),
    )
    socket.disconnect()
  }
  return outcomes
})
