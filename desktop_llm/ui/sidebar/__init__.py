"""The list of conversations at the left: its rows, how they are painted, and the widget around them."""
