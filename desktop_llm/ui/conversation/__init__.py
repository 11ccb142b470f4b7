"""The conversation as one text document: rendering, streaming, and what a person does with it."""
