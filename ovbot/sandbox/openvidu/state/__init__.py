"""What a simulated server remembers and does: sessions, recordings, media nodes."""
