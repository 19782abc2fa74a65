"""Many people pressing the same things at once."""
