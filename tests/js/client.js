// What the scripts share: a connection that is waited for, and a report in JSON at the end.

const { isDeepStrictEqual } = require('node:util')
const { io } = require('socket.io-client')

// A script's third argument.
const PARSERS = { msgpack: require('socket.io-msgpack-parser') }
const parser = PARSERS[process.argv[4]]

const TRANSPORTS = {
  websocket: ['websocket'],
  polling: ['polling'],
  upgrade: ['polling', 'websocket'],
}

// A socket that is connected; with `upgrade`, one whose upgrade is done.
async function connect(url, mode, options = {}) {
  const socket = open(url, mode, options)
  await once(socket, 'connect')
  const engine = socket.io.engine
  if (mode === 'upgrade' && engine.transport.name !== 'websocket') await once(engine, 'upgrade')
  return socket
}

function open(url, mode, options = {}) {
  return io(url, { transports: TRANSPORTS[mode], forceNew: true, parser, ...options })
}

function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)))
}

// The arguments of the acknowledgement.
function ask(socket, event, ...args) {
  return new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)))
}

function say(value) {
  console.log(JSON.stringify(value))
}

// Runs `scenario`; what it returns is the report. What it throws ends the script with 1.
function main(scenario) {
  scenario(...process.argv.slice(2)).then(
    (report) => {
      say(report)
      process.exit(0)
    },
    (error) => {
      console.error(error)
      process.exit(1)
    },
  )
}

function check(actual, expected, what) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${what}: got ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
  }
}

module.exports = { PARSERS, TRANSPORTS, ask, check, connect, main, once, open, say }
