"""The one thread that owns the model: jobs in, events out. QtCore only."""
