"""The REST API: from a request to the answer OpenVidu would give."""
