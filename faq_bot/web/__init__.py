"""The chat, the widget, the editors' desk and the JSON API on one port."""
