"""The filter between the model and everything that shows or keeps its words."""
