// One long job at a time. Who hears nothing for a while asks: progress may be lost, whoever does the
// job may be away. A job is {id, below, percent, result}, the result null until there is one.

import {$, ask, connect} from '/common/page.js'

const SILENCE = 2000                // milliseconds

let id = sessionStorage.getItem('job')
let timer, socket

// A socket; its options are those of `connect`.
export function jobs(options) {
  socket = connect(options, follow)
  socket.on('progress', show)
  return socket
}

$('order').onsubmit = async (event) => {
  event.preventDefault()
  try {
    begin(await ask(socket, 'start', $('below').valueAsNumber))
  } catch (error) {
    say(`Not started: ${error.message}`, 'error')
  }
}

function begin(job) {
  id = job
  sessionStorage.setItem('job', id)
  show({id, percent: 0, result: null})
}

function show(job) {
  if (job.id !== id) return
  clearTimeout(timer)
  $('id').textContent = job.id.slice(-8)
  $('bar').value = job.percent
  $('percent').textContent = `${job.percent} %`
  if (job.result === null) {
    say('Counting')
    timer = setTimeout(follow, SILENCE)
  } else {
    say(`${job.result.toLocaleString('en')} primes below ${job.below.toLocaleString('en')}`, 'done')
    forget()
  }
}

// Where the job is, and from now on how it goes on.
async function follow() {
  clearTimeout(timer)
  if (!id) return
  try {
    show(await ask(socket, 'follow', id))
  } catch (error) {
    if (error.message === 'no_such_job') {
      say('Nobody knows of this job any more. Start it again.', 'error')
      forget()
    } else {
      say(`No news: ${error.message}. Asking again.`, 'error')
      timer = setTimeout(follow, SILENCE)
    }
  }
}

function forget() {
  id = null
  sessionStorage.removeItem('job')
}

function say(what, kind = '') {
  $('job').hidden = false
  $('said').className = kind
  $('said').textContent = what
}
