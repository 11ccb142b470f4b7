"""What is kept on disk: the encrypted history, settings, paths; knows no Qt, model or filter."""
