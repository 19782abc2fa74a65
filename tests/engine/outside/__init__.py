"""Commands of a package outside of ovbot."""
