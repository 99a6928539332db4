"""What the supervision boards read from the store: today's orders, repeat chains, other parts' results."""
