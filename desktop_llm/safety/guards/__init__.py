"""Adapters: how each known guard model is asked and how its answer is read. Loads no model."""
