"""The one door: every invocation, typed or clicked, passes the same pipeline."""
