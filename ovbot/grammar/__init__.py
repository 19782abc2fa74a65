"""Chat text to typed arguments and back. No I/O; imports only the domain and the errors."""
