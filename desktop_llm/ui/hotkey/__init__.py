"""A combination of keys that works while other programs are in front, where the desktop allows it."""
