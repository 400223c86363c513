// A Socket.IO client: protocol 5 over Engine.IO 4, WebSocket and JSON only, one namespace.
//
//   const socket = new Socket({auth: {name: 'Ann'}})
//   socket.on('said', (message) => …)       what the handler returns acknowledges the event
//   await socket.call('echo', 1, 2)         [1, 2], or an Error when the connection is lost
//
// Its own events: 'connect', 'disconnect' (reason), 'connect_error' (payload).

const [OPEN, , PING, PONG, MESSAGE] = '01234'                       // Engine.IO
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = '01234'    // Socket.IO
const PACKET = /^([0-4])(?:\/[^,]*,)?(\d*)([^]*)$/                  // type, id, JSON

export class Socket {
  connected = false
  #handlers = {}
  #calls = new Map()
  #nextId = 0
  #attempts = 0

  constructor({path = '/socket.io/', namespace = '/', auth = {}} = {}) {
    this.url = new URL(`${path}?EIO=4&transport=websocket`, location)
    this.url.protocol = location.protocol.replace('http', 'ws')
    this.prefix = namespace === '/' ? '' : `${namespace},`
    this.auth = auth
    this.#open()
  }

  on(event, handler) { this.#handlers[event] = handler }

  emit(event, ...args) { this.#send(EVENT, '', [event, ...args]) }

  call(event, ...args) {
    return new Promise((resolve, reject) => {
      if (!this.connected) return reject(new Error('not connected'))
      this.#calls.set(++this.#nextId, {resolve, reject})
      this.#send(EVENT, this.#nextId, [event, ...args])
    })
  }

  reconnect() {                               // with what `auth` holds now
    this.#attempts = 0
    this.#drop('client reconnect', 0)
  }

  #open() {
    this.ws = new WebSocket(this.url)
    this.ws.onmessage = ({data}) => typeof data === 'string' && this.#packet(data[0], data.slice(1))
    this.ws.onclose = () => this.#drop('transport close')
  }

  #send(type, id, data) { this.ws.send(MESSAGE + type + this.prefix + id + JSON.stringify(data)) }

  #packet(type, rest) {
    if (type === OPEN) {
      const {pingInterval, pingTimeout} = JSON.parse(rest)
      this.patience = pingInterval + pingTimeout
      this.#send(CONNECT, '', this.auth)
    } else if (type === PING) {
      this.ws.send(PONG + rest)
    } else if (type === MESSAGE && PACKET.test(rest)) {
      const [, kind, id, json] = rest.match(PACKET)
      this.#message(kind, id, json && JSON.parse(json))
    }
    clearTimeout(this.watch)                  // the server pings: silence means that it is gone
    this.watch = setTimeout(() => this.#drop('ping timeout'), this.patience)
  }

  #message(type, id, data) {
    if (type === CONNECT) {
      this.connected = true
      this.#attempts = 0
      this.#fire('connect')
    } else if (type === EVENT) {
      const result = this.#fire(...data)
      if (id) this.#send(ACK, id, result === undefined ? [] : [result])
    } else if (type === ACK) {
      this.#calls.get(+id)?.resolve(data)
      this.#calls.delete(+id)
    } else if (type === CONNECT_ERROR) {
      this.#fire('connect_error', data)
      this.#drop('refused')
    } else if (type === DISCONNECT) {
      this.#drop('server disconnect')
    }
  }

  #fire(event, ...args) { return this.#handlers[event]?.(...args) }

  // Waits 0.5 s, 1 s, 2 s … 8 s, each times 0.5 to 1.5: a thousand clients don't return at once.
  #drop(reason, wait = 500 * 2 ** Math.min(this.#attempts++, 4) * (0.5 + Math.random())) {
    clearTimeout(this.watch)
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.#open(), wait)
    this.ws.onmessage = this.ws.onclose = null
    this.ws.close()
    for (const {reject} of this.#calls.values()) reject(new Error(reason))
    this.#calls.clear()
    if (this.connected) {
      this.connected = false
      this.#fire('disconnect', reason)
    }
  }
}
