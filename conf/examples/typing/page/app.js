// Says that somebody writes, at most once a second; forgets what it heard after three.

import {$, ask, connect, myself, person, renamed, show} from '/common/page.js'

const socket = connect({auth: myself()})
renamed(socket)

const typing = new Map()            // {user, timer} by sid

function list() {
  const users = [...typing.values()].slice(0, 3).map(({user}) => person(user))
  const parts = users.flatMap((user, i) => i ? [', ', user] : [user])
  if (typing.size > 3) parts.push(' and others')
  if (parts.length) parts.push(typing.size > 1 ? ' are typing …' : ' is typing …')
  $('typing').replaceChildren(...parts)
}

function forget(sid) {
  clearTimeout(typing.get(sid)?.timer)
  typing.delete(sid)
  list()
}

socket.on('typing', ({sid, user}) => {
  clearTimeout(typing.get(sid)?.timer)
  typing.set(sid, {user, timer: setTimeout(forget, 3000, sid)})
  list()
})
socket.on('said', ({sid, user, text: what}) => {
  forget(sid)
  show('message', user, what)
})

let told = -Infinity
$('text').oninput = () => {
  if (!socket.connected || !$('text').value || performance.now() - told < 1000) return
  told = performance.now()
  socket.emit('typing')
}

$('identity').onsubmit = (event) => event.preventDefault()
$('composer').onsubmit = async (event) => {
  event.preventDefault()
  const what = $('text').value.trim()
  if (!what) return
  $('text').value = ''
  told = -Infinity
  const item = show('own', '', what)
  try {
    await ask(socket, 'say', what)
  } catch (error) {
    item.remove()
    show('notice error', '', `Not sent: ${error.message}`)
  }
}
