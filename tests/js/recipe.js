// A snippet of a page, run as it stands with the official client, and then asked: each line of
// stdin is JavaScript (in JSON) in its scope. What it logs and what the lines give are printed.

const readline = require('node:readline')
const vm = require('node:vm')
const { io } = require('socket.io-client')

const [snippet, known] = process.argv.slice(2)

function say(kind, value) {
  console.log(JSON.stringify([kind, value]))
}

// Waits for a condition; whoever runs this script knows for how long.
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  return true
}

const context = vm.createContext({
  ...JSON.parse(known),
  Event,
  clearTimeout,
  console: { log: (...args) => say('log', args.join(' ')) },
  document: new EventTarget(),
  io,
  setTimeout,
  until,
})
vm.runInContext(snippet, context)

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  say('value', (await vm.runInContext(JSON.parse(line), context)) ?? null)
})
