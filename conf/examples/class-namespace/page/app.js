// A button for each choice; its bar is its share of the votes.

import {$, connect, element} from '/common/page.js'

const socket = connect({namespace: '/poll'}, async () => {
  for (const button of buttons.values()) button.ariaPressed = false
})
const buttons = new Map()           // by choice

function button(choice) {
  const made = element('button', '')
  made.ariaPressed = false
  made.append(element('span', '', choice), element('span', 'count'))
  made.onclick = () => vote(choice)
  const item = element('li', '')
  item.append(made)
  $('choices').append(item)
  return made
}

socket.on('counts', (counts) => {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  for (const [choice, count] of Object.entries(counts)) {
    if (!buttons.has(choice)) buttons.set(choice, button(choice))
    buttons.get(choice).lastChild.textContent = count
    buttons.get(choice).style.setProperty('--share', all ? count / all : 0)
  }
})

async function vote(choice) {
  try {
    const [answer] = await socket.call('vote', choice)
    $('answer').textContent = `${choice}: ${answer}.`
    for (const [name, made] of buttons) made.ariaPressed = name === choice
  } catch (error) {
    $('answer').textContent = `Not sent: ${error.message}.`
  }
}
