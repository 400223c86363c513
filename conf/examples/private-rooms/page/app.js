// The token goes along with the connection; what it allows is the gateway's to say, not the page's.

import {$, ask, connect, element, show, text} from '/common/page.js'

let socket = null
let room = null

$('entrance').onsubmit = (event) => {
  event.preventDefault()
  const token = $('token').value.trim()
  if (socket) {
    socket.auth = {token}
    socket.reconnect()
  } else {
    socket = connect({auth: {token}})
    socket.on('welcome', welcome)
    socket.on('said', ({room: where, user, text: what}) => {
      show('message', user, `${text(where)}: ${text(what)}`)
    })
  }
}

function welcome({user, rooms}) {
  room = null
  $('inside').hidden = false
  $('user').textContent = text(user)
  const names = [...rooms, 'vault']               // one that hardly any token names
  $('rooms').replaceChildren(...names.map((name) => {
    const button = element('button', '', name)
    button.ariaPressed = false
    button.onclick = () => enter(name, button)
    return button
  }))
}

async function enter(name, button) {
  try {
    await ask(socket, 'enter', {room: name})
    for (const other of $('rooms').children) other.ariaPressed = other === button
    room = name
    show('notice', '', `You are in ${name}.`)
  } catch (error) {
    show('notice error', '', `${name}: ${error.message}`)
  }
}

$('composer').onsubmit = async (event) => {
  event.preventDefault()
  const what = $('text').value.trim()
  if (!what) return
  try {
    await ask(socket, 'say', {room, text: what})
    $('text').value = ''
    show('own', '', `${room}: ${what}`)
  } catch (error) {
    show('notice error', '', room ? `Not sent: ${error.message}` : 'Enter a room first.')
  }
}
