"""Serve the chat: `python app.py` is `faq-bot serve`."""

import sys

from faq_bot.cli.main import main

if __name__ == "__main__":
    sys.argv.insert(1, "serve")
    main()
