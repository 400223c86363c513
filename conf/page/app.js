// The page: a chat over the routes that stand beside it. What others send is shown as text only.

import {Socket} from './socketio.js'

const $ = (id) => document.getElementById(id)
const text = (value) => typeof value === 'string' ? value : JSON.stringify(value) ?? ''
const pick = (list) => list[Math.floor(Math.random() * list.length)]

// --- who and where ---------------------------------------------------------------------------

const NAMES = ['Heron', 'Otter', 'Wren', 'Lynx', 'Finch', 'Badger', 'Swift', 'Marten', 'Plover']
const MOODS = ['Quiet', 'Brisk', 'Merry', 'Calm', 'Keen', 'Gentle', 'Bold', 'Sunny', 'Wry']

$('name').value = sessionStorage.getItem('name') ?? `${pick(MOODS)} ${pick(NAMES)}`
sessionStorage.setItem('name', $('name').value)
let room = 'lobby'                  // the room that this window is in, or wants to be in
let inside = false

const socket = new Socket({auth: {name: $('name').value}})

// --- the log ---------------------------------------------------------------------------------

// A name has the same colour in every window.
const hue = (name) => [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 360, 7)

function show(kind, from, what) {
  if (kind.startsWith('message')) document.querySelector('.hint')?.remove()
  const item = document.createElement('li')
  item.className = kind
  if (from !== '') {
    const name = document.createElement('b')
    name.textContent = text(from)
    name.style.setProperty('--hue', hue(text(from)))
    item.append(name, ' ')
  }
  const body = document.createElement('span')
  body.textContent = text(what)
  item.append(body)
  $('log').append(item)
  while ($('log').children.length > 200) $('log').firstChild.remove()
  $('log').scrollTop = $('log').scrollHeight
  return item
}

const WORDS = {
  not_a_member: 'You are not in this room.',
  bad_room: 'A room has a name of 1 to 24 characters.',
  too_long: 'That is longer than 500 characters.',
  bad_value: 'The gateway found a field missing or of the wrong kind.',
}

// Calls an event; shows the error that came back, or that none did. True when all went well.
async function call(event, data) {
  flash(event)
  try {
    const [answer] = await socket.call(event, data)
    if (!answer?.error) return true
    show('notice error', '', WORDS[answer.error.code] ?? text(answer.error.message))
  } catch (error) {
    show('notice error', '', `Not sent: ${error.message}.`)
  }
  return false
}

// --- the connection --------------------------------------------------------------------------

function state(name, label = name) {
  $('status').dataset.state = name
  $('state').textContent = label
  $('transport').textContent = name === 'connected' ? 'websocket' : '–'
  for (const id of ['shout', 'enter']) $(id).disabled = name !== 'connected'
}

function place(now) {
  inside = now
  $('enter').textContent = inside ? 'Leave' : 'Enter'
  $('room').readOnly = inside
  $('say').disabled = !inside
}

async function enter() {
  if (await call('enter', {room})) place(true)
}

socket.on('connect', () => {
  state('connected')
  if (room) enter()
})
socket.on('disconnect', () => {
  state('connecting', 'reconnecting')
  place(false)
  pulse(null)
})
socket.on('connect_error', (error) => state('refused', `refused: ${text(error?.message)}`))

socket.on('said', ({from, text: what}) => show('message', from, what))
socket.on('shouted', ({from, text: what}) => show('message all', from, what))
socket.on('entered', ({from, room: where}) => show('notice', from, `entered ${text(where)}`))
socket.on('left', ({from}) => show('notice', from, 'left'))

// --- what the person does --------------------------------------------------------------------

$('identity').onsubmit = (event) => event.preventDefault()
$('name').onchange = () => {
  const name = $('name').value.trim() || socket.auth.name
  $('name').value = name
  sessionStorage.setItem('name', name)
  socket.auth = {name}
  socket.reconnect()
}

$('place').onsubmit = async (event) => {
  event.preventDefault()
  if (inside) {
    if (await call('leave', {room})) {
      room = ''
      place(false)
    }
  } else {
    room = $('room').value.trim()
    if (room) enter()
  }
}

$('composer').onsubmit = async (event) => {
  event.preventDefault()
  const what = $('text').value.trim()
  if (!what) return
  $('text').value = ''
  const item = show('message own sending', '', what)
  const delivered = await call('say', {room, text: what})
  item.classList.replace('sending', delivered ? 'delivered' : 'lost')
}

$('shout').onclick = async () => {
  const what = $('text').value.trim()
  if (!what) return $('text').focus()
  if (await call('shout', {text: what})) $('text').value = ''
}

// --- the round trip, once a second ------------------------------------------------------------

const trips = []

function pulse(trip) {
  $('rtt').textContent = trip === null ? '–' : `${trip.toFixed(trip < 10 ? 1 : 0)} ms`
  if (trip === null) trips.length = 0
  else trips.push(trip)
  if (trips.length > 40) trips.shift()
  const top = Math.max(2, ...trips)
  $('history').firstElementChild.setAttribute('points', trips.map(
    (t, i) => `${2 * i},${(19 - 17 * t / top).toFixed(1)}`).join(' '))
}

let warm = false   // the first trip has to wait for the page itself

setInterval(async () => {
  if (!socket.connected || document.hidden) return
  const start = performance.now()
  try {
    await socket.call('echo', start)
    if (warm) pulse(performance.now() - start)
    warm = true
  } catch { /* the connection was lost: 'disconnect' has said so */ }
}, 1000)

// --- the routes beside it ----------------------------------------------------------------------

const PARTS = /(#.*$)|("(?:[^"]*)")|([\w/]+(?=:(?:\s|$|\}))|\/(?=:))|(\b(?:all|sender)\b)/g
const KINDS = ['comment', 'text', 'key', 'word']

function paint(line) {
  const into = document.createElement('span')
  into.className = 'line'
  into.style.setProperty('--indent', line.search(/\S|$/))
  let end = 0
  for (const match of line.matchAll(PARTS)) {
    into.append(line.slice(end, match.index))
    const span = document.createElement('span')
    span.className = KINDS[match.slice(1).findIndex((part) => part !== undefined)]
    span.textContent = match[0]
    into.append(span)
    end = match.index + match[0].length
  }
  into.append(line.slice(end) || '\n')
  return into
}

// One block per event, so that the route that has just run can light up.
async function routes() {
  const lines = (await (await fetch('routes.yaml')).text()).trimEnd().split('\n')
  let block = $('routes')
  for (const line of lines) {
    const name = line.match(/^ {6}(\w+):/)
    if (name) {
      block = document.createElement('span')
      block.dataset.route = name[1]
      $('routes').append(block)
    } else if (!line.startsWith('      ') || line.startsWith('      #')) {
      block = $('routes')
    }
    block.append(paint(line))
  }
}

function flash(event) {
  document.querySelector(`[data-route=${event}]`)?.animate(
    [{backgroundColor: 'var(--glow)'}, {backgroundColor: 'transparent'}],
    {duration: 1600, easing: 'ease-out'})
}

state('connecting')
place(false)
routes()
