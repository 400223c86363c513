// A position is sent at most once per frame; a cursor is a label whose corner is the point.

import {$, ask, connect, element, myself, person, renamed} from '/common/page.js'

let doc = 'sketch'
const socket = connect({auth: myself()}, open)
renamed(socket)

const cursors = new Map()           // labels by sid

async function open() {
  for (const sid of cursors.keys()) remove(sid)
  await ask(socket, 'open', {doc})
}

function remove(sid) {
  cursors.get(sid)?.remove()
  cursors.delete(sid)
}

socket.on('left', ({sid}) => remove(sid))
socket.on('moved', ({sid, user, x, y}) => {
  if (!cursors.has(sid)) {
    const label = element('div', '')
    label.append(person(user))
    label.style.setProperty('--hue', label.firstChild.style.getPropertyValue('--hue'))
    $('paper').append(label)
    cursors.set(sid, label)
  }
  const label = cursors.get(sid)
  label.className = x > 0.7 ? 'cursor far' : 'cursor'     // labels stay inside
  label.style.setProperty('--x', x)
  label.style.setProperty('--y', y)
})

const share = (value) => Math.min(1, Math.max(0, value))
let next = null
$('paper').onpointermove = (event) => {
  const box = $('paper').getBoundingClientRect()
  if (next === null) requestAnimationFrame(send)
  next = {
    x: share((event.clientX - box.x) / box.width),
    y: share((event.clientY - box.y) / box.height),
  }
}
function send() {
  if (socket.connected) socket.emit('move', next)
  next = null
}

$('docs').onclick = ({target}) => {
  if (target.localName !== 'button' || target.textContent === doc) return
  for (const button of $('docs').children) button.ariaPressed = button === target
  doc = target.textContent
  open()
}
$('identity').onsubmit = (event) => event.preventDefault()
