// Three buttons, three events; what comes back is shown as it comes.

import {$, connect, show, text} from '/common/page.js'

const socket = connect({})
let jobs = 0

async function call(event, ...args) {
  try {
    const answer = await socket.call(event, ...args)
    show('own', '', answer.length ? `callback: ${answer.map(text).join(', ')}` : 'callback')
  } catch (error) {
    show('notice error', '', `Not sent: ${error.message}`)
  }
}

socket.on('progress', ({name, state}) => show('message', name, state))
socket.on('who are you', () => {
  show('notice', '', 'The gateway asks who this is.')
  return 'This page'                // what a handler returns acknowledges the event
})

$('job').onclick = () => call('job', `job ${++jobs}`)
$('greet').onclick = () => socket.connected && socket.emit('greet')
$('divide').onclick = () => call('divide', 1, 0)
