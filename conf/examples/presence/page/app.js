// A list that begins whole and changes by entries.

import {$, connect, element, myself, person, renamed, text} from '/common/page.js'

const people = new Map()            // {name, status} by sid
const socket = connect({auth: myself()}, () => { $('status').value = 'here' })
renamed(socket)

function list() {
  const named = [...people.values()].sort((a, b) => text(a.name).localeCompare(text(b.name)))
  $('people').replaceChildren(...named.map(({name, status}) => {
    const item = element('li', '')
    item.dataset.status = text(status)
    item.append(person(name), element('span', 'status', status))
    return item
  }))
}

socket.on('present', (members) => {
  people.clear()
  for (const {sid, user} of members) people.set(sid, user)
  list()
})
socket.on('changed', ({sid, user}) => {
  people.set(sid, user)
  list()
})
socket.on('gone', ({sid}) => {
  people.delete(sid)
  list()
})

$('status').onchange = () => socket.connected && socket.emit('status', $('status').value)
$('identity').onsubmit = (event) => event.preventDefault()
