"""Loads a model and makes its replies, with torch and transformers; knows no Qt, file formats of chats, or filter."""
