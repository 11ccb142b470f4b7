"""Models on disk: finds them, says what they are and whether they can be loaded; loads none."""
