// Any number of clients on a leash: a command comes in as a line of JSON, its result goes out as
// one, and so does everything that the clients hear. Bytes are {"$bytes": BASE64}.

const { createInterface } = require('node:readline')
const { PARSERS, TRANSPORTS } = require('./client')
const { Manager } = require('socket.io-client')

const clients = {} // by name: {socket, answers}

const commands = {
  // A client, on a connection of its own or on that of another client (`beside`). Its result is
  // {sid}, or {refused, data} with what `connect_error` shows.
  // With `returns` it connects again by itself, and tells it; `parser` is msgpack, or none.
  open({ name, url, namespace, transport, auth, beside, extraHeaders, query, ...more }) {
    const { returns = false, parser } = more
    const options = { transports: TRANSPORTS[transport], reconnection: returns, query, extraHeaders }
    if (parser) options.parser = PARSERS[parser]
    if (returns) Object.assign(options, { reconnectionDelay: 50, reconnectionDelayMax: 200 })
    const manager = beside ? clients[beside].socket.io : new Manager(url, options)
    const socket = manager.socket(namespace, { auth })
    const answers = {} // what it acknowledges, by event
    clients[name] = { socket, answers }
    socket.onAny((...heard) => {
      const answer = typeof heard.at(-1) === 'function' ? heard.pop() : null
      put({ name, heard, at: performance.now(), asked: answer !== null })
      if (answer && heard[0] in answers) answer(...answers[heard[0]])
    })
    socket.on('disconnect', (reason) => put({ name, gone: reason }))
    return new Promise((resolve) => {
      socket.once('connect', () => {
        resolve({ sid: socket.id })
        socket.on('connect', () => put({ name, back: socket.id }))
      })
      socket.once('connect_error', ({ message, data }) => resolve({ refused: message, data }))
    })
  },

  // The arguments of the acknowledgement.
  ask({ name, event, args }) {
    return new Promise((resolve) => {
      clients[name].socket.emit(event, ...args, (...answer) => resolve(answer))
    })
  },

  emit({ name, event, args }) {
    clients[name].socket.emit(event, ...args)
  },

  // What the client will acknowledge an event with.
  answer({ name, event, args }) {
    clients[name].answers[event] = args
  },

  // The name of the transport, now.
  transport({ name }) {
    return clients[name].socket.io.engine.transport.name
  },

  // Wait for the upgrade to WebSocket.
  async upgraded({ name }) {
    const { engine } = clients[name].socket.io
    if (engine.transport.name !== 'websocket') {
      await new Promise((resolve) => engine.once('upgrade', resolve))
    }
    return engine.transport.name
  },

  leave({ name }) {
    clients[name].socket.disconnect()
  },

  'leave all'() {
    for (const name of Object.keys(clients)) {
      clients[name].socket.disconnect()
      delete clients[name]
    }
  },

  // The connection goes, without a word.
  cut({ name }) {
    clients[name].socket.io.engine.transport.ws.terminate()
  },

  // Send a Socket.IO packet as it is.
  raw({ name, text }) {
    clients[name].socket.io.engine.write(text)
  },

  // It answers no more pings.
  mute({ name }) {
    const { engine } = clients[name].socket.io
    engine.transport.write = () => {}
  },

  // Each of `names` asks `event` every `every` ms, `times` times: all round trips in ms.
  async steady({ names, event, every, times }) {
    const trips = []
    const asked = ({ socket }) => {
      const begin = performance.now()
      return new Promise((resolve) => {
        socket.emit(event, 'x'.repeat(64), () => resolve(trips.push(performance.now() - begin)))
      })
    }
    const alone = async (client, index) => {
      await sleep((every * index) / names.length)
      for (let time = 0; time < times; time++) await Promise.all([asked(client), sleep(every)])
    }
    await Promise.all(names.map((name, index) => alone(clients[name], index)))
    return trips
  },
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function put(line) {
  console.log(JSON.stringify(pack(line)))
}

function pack(value) {
  if (Buffer.isBuffer(value) || value instanceof ArrayBuffer) {
    return { $bytes: Buffer.from(value).toString('base64') }
  }
  return mapped(value, pack)
}

function unpack(value) {
  if (value && value.$bytes !== undefined) return Buffer.from(value.$bytes, 'base64')
  return mapped(value, unpack)
}

function mapped(value, change) {
  if (Array.isArray(value)) return value.map(change)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]))
}

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { number, command, ...options } = unpack(JSON.parse(line))
    put({ number, result: (await commands[command](options)) ?? null })
  })
  .on('close', () => process.exit(0))
