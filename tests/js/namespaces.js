// Two namespaces and a refused one over one connection.

const { ask, check, main, once, open } = require('./client')

main(async (url, mode) => {
  const root = open(url, mode)
  const chat = root.io.socket('/chat', { auth: { name: 'Ann' } })
  const nowhere = root.io.socket('/nowhere')
  chat.connect()
  nowhere.connect()
  const [, , [refusal]] = await Promise.all([
    once(root, 'connect'),
    once(chat, 'connect'),
    once(nowhere, 'connect_error'),
  ])
  check(await ask(root, 'where'), ['/'], 'namespace of the first')
  check(await ask(chat, 'where'), ['/chat', 'Ann'], 'namespace of the second')
  check(root.id === chat.id, false, 'one id for two namespaces')

  const heard = once(chat, 'heard')
  root.on('heard', () => check('heard', 'nothing', 'in the first namespace'))
  chat.emit('say', 'to the second')
  check(await heard, ['to the second'], 'event of the second')

  chat.disconnect()
  check(await ask(root, 'where'), ['/'], 'the first, without the second')
  const again = once(chat, 'connect')
  chat.connect()
  await again
  const report = { refusal: refusal.message, connections: 1, nowhere: nowhere.connected }
  root.disconnect()
  return report
})
