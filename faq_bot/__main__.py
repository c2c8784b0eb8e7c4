"""`python -m faq_bot` is the command `faq-bot`."""

from faq_bot.cli.main import main

main()
