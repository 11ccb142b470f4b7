"""The settings: one page a section, built from the settings tree. Keeps no value."""
