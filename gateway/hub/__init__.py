"""Socket.IO on python-socketio: namespaces, rooms, acks, and one emit path for all."""
