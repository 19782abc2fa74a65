"""Pure values that every room shares. No I/O, and no import from another room."""
