"""Addresses that lead to a sentence, in Chromium."""

import pytest
from playwright.sync_api import Browser

from faq_bot.answering.text_fragments import with_text_fragment
from faq_bot.core.article import Span
from tests.support.news_site import NewsSite


@pytest.mark.parametrize("wanted", ["Ja.", "Amazon gibt 10 % – mehr nicht, sagt der US-Konzern."])
def test_chromium_goes_there(browser: Browser, news_site: NewsSite, wanted: str) -> None:
    paragraphs = ["Erstens. Ja.", "Zweitens ist es klein.", wanted, "Ende."]
    far = '<div style="height: 3000px"></div>'
    html = far.join(f"<p>{p.replace('US-Konzern', '<em>US-</em>Konzern')}</p>" for p in paragraphs)
    address = news_site.publish("/fragment", html)
    text = "\n\n".join(paragraphs)
    start = text.rindex(wanted)
    page = browser.new_page()
    page.goto(with_text_fragment(address, text, Span(start, start + len(wanted))))
    page.wait_for_function("scrollY > 0")
    top = page.evaluate("document.querySelectorAll('p')[2].getBoundingClientRect().top")
    assert page.viewport_size is not None
    assert 0 <= top < page.viewport_size["height"]
    page.close()
