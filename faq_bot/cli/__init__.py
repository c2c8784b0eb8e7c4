"""The command `faq-bot`."""
