// Acknowledgements the other way: the server asks, and gets what this client calls back with.

const { check, connect, main, once } = require('./client')

main(async (url, mode) => {
  const socket = await connect(url, mode)
  socket.on('question', (...args) => {
    const answer = args.pop()
    answer(...args, 'seen')
  })
  socket.on('silence', () => {})
  const [answers] = await (socket.emit('ask me'), once(socket, 'answers'))
  socket.disconnect()
  return answers
})
