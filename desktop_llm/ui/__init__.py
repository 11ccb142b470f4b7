"""The window: shows state, emits intentions; knows no engine, storage or filter."""
