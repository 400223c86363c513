// Node's Socket.IO as its documentation shows it: node node_server.js PORT
'use strict';

const { readFileSync } = require('fs');
const { dirname } = require('path');
const { Server } = require('socket.io');

// bufferutil falls back silently to JavaScript; a run with that would not be Node's best.
require('node-gyp-build')(dirname(require.resolve('bufferutil')));

const { TLS_CERTIFICATE, TLS_KEY } = process.env;
const http = TLS_KEY
  ? require('https').createServer({ cert: readFileSync(TLS_CERTIFICATE), key: readFileSync(TLS_KEY) })
  : require('http').createServer();
const deflate = process.env.DEFLATE ? { threshold: 1000 } : false;
const io = new Server(http, { perMessageDeflate: deflate });

io.on('connection', (socket) => {
  socket.on('pub', (...args) => io.emit('msg', ...args));
  socket.on('echo', (...args) => args.pop()(...args));
});

http.listen(Number(process.argv[2]), '127.0.0.1', 4096);
