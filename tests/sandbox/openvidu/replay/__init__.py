"""Plays what was asked of real OpenVidu servers against the simulator (tests/traces)."""
