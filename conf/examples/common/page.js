// What the pages share: a connection whose state is shown, a name, and text that stays text.

import {Socket} from '/lib/socketio.js'

export const $ = (id) => document.getElementById(id)

// What others sent is shown as text, whatever it is. It never becomes HTML.
export const text = (value) => typeof value === 'string' ? value : JSON.stringify(value) ?? ''

export function element(name, className, content = '') {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text(content)
  return made
}

// A name has the same colour in every window.
export function person(name) {
  const made = element('b', 'person', name)
  const hue = [...text(name)].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 360, 7)
  made.style.setProperty('--hue', hue)
  return made
}

// --- the connection ----------------------------------------------------------------------------

function state(name, label = name) {
  $('state').dataset.state = name
  $('state').textContent = label
}

// A socket; `joined` is called each time that it has connected, and may be async.
export function connect(options, joined = async () => {}) {
  const socket = new Socket(options)
  socket.on('connect', async () => {
    state('connected')
    try {
      await joined()
    } catch (error) {
      if (socket.connected) state('refused', `refused: ${error.message}`)
    }
  })
  socket.on('disconnect', () => state('connecting', 'reconnecting'))
  socket.on('connect_error', (error) => {
    const code = text(error?.message)
    state('refused', `refused: ${code}`)
    if (code.startsWith('backend_')) setTimeout(() => socket.reconnect(), 1000 + Math.random() * 4000)
  })
  return socket
}

// Calls an event and gives what the gateway answers; an error becomes an Error with its code.
export async function ask(socket, event, ...args) {
  const [answer] = await socket.call(event, ...args)
  if (answer?.error) throw new Error(text(answer.error.code))
  return answer
}

// --- a name, in the field #name ------------------------------------------------------------------

const MOODS = ['Quiet', 'Brisk', 'Merry', 'Calm', 'Keen', 'Gentle', 'Bold', 'Sunny', 'Wry']
const BIRDS = ['Heron', 'Wren', 'Finch', 'Swift', 'Plover', 'Siskin', 'Linnet', 'Dunlin', 'Rook']
const pick = (list) => list[Math.floor(Math.random() * list.length)]

// The `auth` object of a connection: a name of one's own in each window.
export function myself() {
  const auth = {name: sessionStorage.getItem('name') ?? `${pick(MOODS)} ${pick(BIRDS)}`}
  sessionStorage.setItem('name', auth.name)
  $('name').value = auth.name
  return auth
}

// Under a new name one connects again.
export function renamed(socket) {
  $('name').onchange = () => {
    const name = $('name').value.trim()
    $('name').value = name || socket.auth.name
    if (!name) return
    sessionStorage.setItem('name', name)
    socket.auth.name = name
    socket.reconnect()
  }
}

// --- a log ----------------------------------------------------------------------------------------

export function show(kind, from, what) {
  const item = element('li', kind)
  if (from !== '') item.append(person(from), ' ')
  item.append(element('span', '', what))
  $('log').append(item)
  while ($('log').children.length > 200) $('log').firstChild.remove()
  $('log').scrollTop = $('log').scrollHeight
  return item
}
