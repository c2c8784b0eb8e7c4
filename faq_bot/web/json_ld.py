"""An article's published questions and answers as schema.org/FAQPage, in JSON-LD."""

import json
from typing import Any

from faq_bot.core.article import Article
from faq_bot.core.errors import ArticleError


def faq_page(article: Article) -> str:
    """Return the FAQPage of one version of an article (https://schema.org/FAQPage).

    It may stand in a `script` element as it is.

    Raises:
        ArticleError: the article has no published answers, without which the page is not valid.
    """
    if not article.faq:
        raise ArticleError(f"The article {article.id!r} has no published questions and answers.")
    page: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": article.language,
        "name": article.title,
        "mainEntity": [
            {
                "@type": "Question",
                "name": entry.question,
                "acceptedAnswer": {"@type": "Answer", "text": entry.answer},
            }
            | ({"author": {"@type": "Person", "name": entry.name}} if entry.name else {})
            for entry in article.faq
        ],
    }
    if article.url:
        page["url"] = article.url
    return json.dumps(page, ensure_ascii=False, indent=1).replace("<", "\\u003c")
