"""The only room that knows Slack and Bolt: payloads in, messages out."""
