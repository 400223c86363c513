"""Engine.IO sessions on Tornado: handshake, transports, heartbeats, outboxes."""
