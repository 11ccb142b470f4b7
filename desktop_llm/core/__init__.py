"""The product in plain Python: messages, events, requests, settings, errors. No Qt, torch or SQL."""
