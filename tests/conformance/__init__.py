"""What every command inherits, asked of each one that the registry finds: a new one is covered."""
