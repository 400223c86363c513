// A row and a line for each price.

import {$, connect, element} from '/common/page.js'

const socket = connect({})
const rows = new Map()              // {price, change, line, history} by name

function row(name) {
  const made = element('tr', '')
  const [price, change] = [element('td', 'price'), element('td', 'change')]
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline')
  drawing.setAttribute('viewBox', '0 0 60 20')
  drawing.setAttribute('preserveAspectRatio', 'none')
  drawing.append(line)
  const last = element('td', '')
  last.append(drawing)
  made.append(element('td', '', name), price, change, last)
  $('prices').append(made)
  return {price, change, line, history: []}
}

socket.on('prices', (prices) => {
  $('waiting').hidden = true
  for (const [name, price] of Object.entries(prices)) {
    if (!rows.has(name)) rows.set(name, row(name))
    const {price: shown, change, line, history} = rows.get(name)
    const step = price - (history.at(-1) ?? price)
    shown.textContent = price.toFixed(2)
    change.textContent = `${step < 0 ? '−' : '+'}${Math.abs(step).toFixed(2)}`
    change.className = `change ${step < 0 ? 'down' : 'up'}`
    history.push(price)
    if (history.length > 61) history.shift()
    const [low, high] = [Math.min(...history), Math.max(...history)]
    const height = (value) => 19 - 18 * (value - low) / (high - low || 1)
    const first = 61 - history.length
    line.setAttribute('points', history.map(
      (value, i) => `${first + i},${height(value).toFixed(1)}`).join(' '))
  }
})
