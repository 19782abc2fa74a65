"""The embedded default: an OpenVidu simulator and a local workspace, so that everything runs without either."""
