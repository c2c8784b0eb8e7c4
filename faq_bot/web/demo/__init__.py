"""A news page with the widget on it, as a publisher would embed it."""
