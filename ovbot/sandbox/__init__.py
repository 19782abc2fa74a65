"""Stand-ins for OpenVidu and for Slack, so that everything runs without either."""
