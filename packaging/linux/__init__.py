"""What Linux installs from: the .deb and the portable archive."""
