"""What carries messages: one bus for each kind of queue."""
