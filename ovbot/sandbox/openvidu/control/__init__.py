"""What tests and stories do to a simulated server that no client could."""
