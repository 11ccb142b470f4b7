"""Desktop LLM: a native window to chat with a language model on your own computer."""

__version__ = "0.1.0"
