"""Articles from the web: a real server on loopback, and what must never be asked."""

import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from faq_bot.articles.fetching import Fetcher
from faq_bot.articles.reading import read_corpus
from faq_bot.articles.sources import is_address
from faq_bot.core.errors import ArticleError, FetchError
from faq_bot.index.archive import Archive
from faq_bot.index.indexing import Indexer
from tests.support.encoder import FakeEncoder
from tests.support.news_site import NewsSite
from tests.support.paths import PAGES, SEEDS


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsSite]:
    monkeypatch.setattr("faq_bot.articles.fetching._PAUSE", 0)
    with NewsSite() as news_site:
        yield news_site


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(allow_private=True)


def put(site: NewsSite, *names: str, **headers: str) -> list[str]:
    return [
        site.serve(f"/{name}", (PAGES / name).read_bytes(), 200, seconds=0, **headers)
        for name in names
    ]


def asked(site: NewsSite) -> list[str]:
    return [path for path, _, _ in site.requests]


def test_a_page_is_added_by_its_address_and_survives_a_restart(
    site: NewsSite, tmp_path: Path
) -> None:
    Indexer(Archive(tmp_path / "index"), FakeEncoder()).build([SEEDS])
    (address,) = put(site, "wordpress.html")
    Indexer(Archive(tmp_path / "index"), FakeEncoder(), allow_private=True).add([address])
    assert asked(site) == ["/robots.txt", "/wordpress.html"]
    index = Indexer(Archive(tmp_path / "index"), FakeEncoder()).open_current()
    assert [article.id for article in index.articles][-1] == "stadtbad-schliesst-bis-mai"
    assert any("undicht" in passage.text for passage in index.passages)


@pytest.mark.parametrize(
    ("name", "listing"),
    [
        (
            "feed.xml",
            '<rss version="2.0"><channel><title>Neues</title>{items}</channel></rss>',
        ),
        (
            "atom.xml",
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>Neues</title>{items}</feed>',
        ),
        (
            "sitemap.xml",
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</urlset>',
        ),
    ],
)
def test_all_pages_of_a_feed_or_sitemap_are_read_but_for_broken_ones(
    site: NewsSite,
    name: str,
    listing: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    addresses = put(site, "wordpress.html", "ghost.html", "paywall.html")
    addresses.append(site.serve("/gone.html", b"", 404))
    item = {
        "feed.xml": "<item><title>x</title><link>{}</link></item>",
        "atom.xml": '<entry><title>x</title><link rel="alternate" href="{}"/></entry>',
        "sitemap.xml": "<url><loc>\n {} </loc><lastmod>2026-11-20</lastmod></url>",
    }[name]
    items = "".join(map(item.format, addresses))
    address = site.serve(f"/{name}", listing.format(items=items).encode())
    with caplog.at_level(logging.WARNING):
        corpus = read_corpus([address], tmp_path, allow_private=True)
    assert [article.id for article in corpus.articles] == [
        "stadtbad-schliesst-bis-mai",
        "solar-ferry",
    ]
    assert list(corpus.files) == addresses[:2]
    left_out = [record.getMessage() for record in caplog.records]
    assert len(left_out) == 2
    assert "paywall.html: all but the beginning" in left_out[0]
    assert "404 Not Found" in left_out[1]


def test_a_sitemap_of_sitemaps_is_read_once_even_if_it_names_itself(
    site: NewsSite, tmp_path: Path
) -> None:
    (page,) = put(site, "drupal.html")
    inner = f"<urlset><url><loc>{page}</loc></url><url><loc>{page}</loc></url></urlset>"
    here = site.origin
    index = f"<sitemapindex><sitemap><loc>{here}/a.xml</loc></sitemap></sitemapindex>"
    site.serve("/a.xml", inner.encode())
    address = site.serve("/sitemap.xml", index.encode())
    assert len(read_corpus([address], tmp_path, allow_private=True).articles) == 1
    assert asked(site).count("/drupal.html") == 1
    site.serve("/a.xml", index.encode())
    with pytest.raises(ArticleError, match="lists no pages"):
        read_corpus([address], tmp_path, allow_private=True)


def test_two_pages_with_one_id_are_told_apart_from_two_languages(
    site: NewsSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    german, english = put(site, "amazon-openai.de.html", "amazon-openai.en.html")
    again = site.serve("/again.html", (PAGES / "amazon-openai.de.html").read_bytes())
    locations = "".join(f"<url><loc>{one}</loc></url>" for one in (german, english, again))
    address = site.serve("/sitemap.xml", f"<urlset>{locations}</urlset>".encode())
    corpus = read_corpus([address], tmp_path, allow_private=True)
    assert [article.key for article in corpus.articles] == [
        ("amazon-openai", "de"),
        ("amazon-openai", "en"),
    ]
    assert f"{german} has the same id, 'amazon-openai', and language" in caplog.text


def test_robots_txt_is_obeyed(site: NewsSite, fetcher: Fetcher) -> None:
    (address,) = put(site, "ghost.html")
    rules = b"User-agent: *\nDisallow:\n\nUser-agent: faq-bot\nDisallow: /ghost\n"
    site.serve("/robots.txt", rules)
    with pytest.raises(FetchError, match=r"robots\.txt does not let faq-bot read"):
        fetcher.fetch(address)
    assert asked(site) == ["/robots.txt"]
    assert fetcher.fetch(put(site, "arc.html")[0]) is not None
    assert asked(site) == ["/robots.txt", "/arc.html"]


def test_a_site_that_cannot_tell_its_rules_is_left_in_peace(
    site: NewsSite, fetcher: Fetcher
) -> None:
    site.serve("/robots.txt", b"", 503)
    with pytest.raises(FetchError, match=r"robots\.txt answers 503"):
        fetcher.fetch(put(site, "ghost.html")[0])


def test_a_site_that_does_not_answer_is_given_up(site: NewsSite, fetcher: Fetcher) -> None:
    addresses = [f"{site.origin}/{number}.html" for number in range(9)]
    site.shut()
    reasons = []
    for address in addresses:
        with pytest.raises(FetchError) as error:
            fetcher.fetch(address)
        reasons.append(str(error.value))
    assert reasons[-1] == f"{site.origin} did not answer 3 times."
    assert sum("cannot be fetched" in reason for reason in reasons) == 3


def test_the_pause_that_a_site_asks_for_is_kept(site: NewsSite, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", b"User-agent: *\nCrawl-delay: 0.5\n")
    for address in put(site, "ghost.html", "arc.html", "drupal.html"):
        fetcher.fetch(address)
    times = [at for path, at, _ in site.requests if path != "/robots.txt"]
    assert all(later - earlier > 0.4 for earlier, later in pairwise(times))


def test_the_bot_says_who_it_is_and_asks_only_for_what_has_changed(
    site: NewsSite, fetcher: Fetcher
) -> None:
    (address,) = put(site, "ghost.html", ETag='"one"', Last_Modified="Fri, 20 Nov 2026")
    first = fetcher.fetch(address)
    assert first is not None
    assert (first.etag, first.modified) == ('"one"', "Fri, 20 Nov 2026")
    assert fetcher.fetch_if_changed(address, etag=first.etag, modified=first.modified) is None
    put(site, "ghost.html", ETag='"two"')
    again = fetcher.fetch_if_changed(address, etag=first.etag, modified=first.modified)
    assert again is not None
    assert again.etag == '"two"'
    assert all(headers["User-Agent"].startswith("faq-bot/") for *_, headers in site.requests)


def test_redirects_are_followed_but_not_for_ever(site: NewsSite, fetcher: Fetcher) -> None:
    (address,) = put(site, "ghost.html")
    found = fetcher.fetch(site.serve("/old", b"", 301, Location="/ghost.html"))
    assert found is not None
    assert found.address == address
    with pytest.raises(FetchError, match="leads on and on"):
        fetcher.fetch(site.serve("/round", b"", 302, Location="/round"))
    with pytest.raises(FetchError, match="no address of a web page"):
        fetcher.fetch(site.serve("/file", b"", 302, Location="file:///etc/passwd"))


def test_what_is_too_large_or_too_slow_is_given_up(
    site: NewsSite, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faq_bot.articles.fetching._MOST_BYTES", 1_000_000)
    with pytest.raises(FetchError, match="larger than 1 MB"):
        fetcher.fetch(site.serve("/large", b"x" * 1_000_001))
    monkeypatch.setattr("faq_bot.articles.fetching._MOST_SECONDS", 0.2)
    slow = Fetcher(allow_private=True)
    with pytest.raises(FetchError, match="cannot be fetched: timed out"):
        slow.fetch(site.serve("/slow", b"x", seconds=1))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_the_own_machine_is_not_asked(site: NewsSite, host: str) -> None:
    put(site, "ghost.html")
    with pytest.raises(FetchError, match="ALLOW_PRIVATE_ADDRESSES"):
        Fetcher().fetch(f"http://{host}:{site.port}/ghost.html")
    assert asked(site) == []


def test_what_is_an_address() -> None:
    assert is_address("https://news.example/feed")
    assert not is_address("article.html")
    assert not is_address("ftp://news.example")


@pytest.mark.parametrize("address", ["http://", "http:///x", "https://[::1"])
def test_a_mistyped_address_is_told(address: str, tmp_path: Path) -> None:
    with pytest.raises(ArticleError):
        read_corpus([address], tmp_path)
