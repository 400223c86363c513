// Node's Socket.IO: node node_server.js PORT [defaults]
//
// With `defaults` as its documentation's first example starts it. Otherwise at its best on ws, the
// server that it comes with: with bufferutil, and without a reference to each handshake request, as
// its page on performance tuning advises. The other servers that the page names, eiows and
// uWebSockets.js, are not measured; utf-8-validate is not used where Node validates UTF-8 itself.
'use strict';

const { readFileSync } = require('fs');
const { Server } = require('socket.io');

const best = !process.argv.includes('defaults');
const { DEFLATE, TLS_CERTIFICATE, TLS_KEY } = process.env;

const http = TLS_KEY
  ? require('https').createServer({ cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY) })
  : require('http').createServer();
const io = new Server(http, { perMessageDeflate: DEFLATE ? { threshold: 1000 } : false });

io.on('connection', (socket) => {
  socket.on('pub', (...args) => io.emit('msg', ...args));
  socket.on('echo', (...args) => args.pop()(...args));
  socket.on('enter', (room, entered) => {
    socket.join(room);
    entered();
  });
  socket.on('say', (room, payload) => io.to(room).emit('msg', payload));
});

if (best) {
  // ws falls back silently to JavaScript without it: then this would not be Node's best.
  const { dirname } = require('path');
  require('node-gyp-build')(dirname(require.resolve('bufferutil')));
  io.engine.on('connection', (session) => {
    session.request = null;
  });
}

http.listen(Number(process.argv[2]), '127.0.0.1', best ? 4096 : undefined);
