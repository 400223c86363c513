// One room at a time: enter it, talk, leave it for another.

import {$, ask, connect, element, myself, person, renamed, show, text} from '/common/page.js'

let room = 'lobby'
const socket = connect({auth: myself()}, enter)
renamed(socket)

const people = new Map()            // who is in the room, by sid

function list() {
  $('people').replaceChildren(...[...people.values()].map((user) => {
    const item = element('li', '')
    item.append(person(user))
    return item
  }))
}

async function enter() {
  const inside = await ask(socket, 'enter', {room})
  people.clear()
  for (const {sid, user} of inside) people.set(sid, user)
  list()
  show('notice', '', `You are in ${room}.`)
}

socket.on('entered', ({sid, user}) => {
  people.set(sid, user)
  list()
  show('notice', user, 'came in')
})
socket.on('left', ({sid, user}) => {
  people.delete(sid)
  list()
  show('notice', user, 'left')
})
socket.on('said', ({user, text: what}) => show('message', user, what))

$('rooms').onclick = async ({target}) => {
  if (target.localName !== 'button' || target.textContent === room) return
  for (const button of $('rooms').children) button.ariaPressed = button === target
  await ask(socket, 'leave', {room})
  room = target.textContent
  $('log').replaceChildren()
  await enter()
}

$('identity').onsubmit = (event) => event.preventDefault()
$('composer').onsubmit = async (event) => {
  event.preventDefault()
  const what = $('text').value.trim()
  if (!what) return
  $('text').value = ''
  const item = show('own', '', what)
  try {
    await ask(socket, 'say', {room, text: what})
  } catch (error) {
    item.remove()
    show('notice error', '', `Not sent: ${text(error.message)}`)
  }
}
