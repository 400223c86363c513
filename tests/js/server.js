// Node's Socket.IO, to compare answers with: node server.js OPTIONS; prints its port.
'use strict';

const { createServer } = require('http');
const { Server } = require('socket.io');

const http = createServer((request, response) => response.writeHead(404).end());
const io = new Server(http, JSON.parse(process.argv[2]));

io.on('connection', (socket) => socket.on('echo', (...args) => args.pop()(...args)));
http.listen(0, '127.0.0.1', () => console.log(http.address().port));
