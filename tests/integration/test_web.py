"""What the server says and refuses, asked over HTTP."""

import re
from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "accept_language", "target"),
    [
        ("/", "de-AT,de;q=0.9,en;q=0.8", "./de/"),
        ("/", "en-GB,en;q=0.9", "./en/"),
        ("/", "fr,en;q=0.5", "./en/"),
        ("/", "fr", "./de/"),
        ("/", "", "./de/"),
        ("/?lang=en", "de", "./en/"),
        ("/?lang=de", "en", "./de/"),
        ("/?lang=xx", "en", "./en/"),
    ],
)
def test_the_address_or_the_browser_chooses_the_language(
    client: httpx.Client, path: str, accept_language: str, target: str
) -> None:
    response = client.get(path, headers={"Accept-Language": accept_language})
    assert response.status_code == 307
    assert response.headers["location"] == target
    assert response.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de", "Fragen zum Artikel: Amazon verhandelt über 10-Milliarden-Dollar-Investment"),
        ("en", "Ask the article: Amazon Talks to Invest $10B in OpenAI"),
    ],
)
def test_the_page_names_its_language_and_title(
    client: httpx.Client, language: str, title: str
) -> None:
    html = client.get(f"/{language}/").text
    assert re.search(rf'<html\s[^>]*lang="{language}"', html)
    assert f"<title>{title}" in html
    assert f'<noscript><p lang="{language}">' in html


def test_the_page_mentions_no_other_host(client: httpx.Client) -> None:
    html = client.get("/de/").text
    hosts = set(re.findall(r"(?:src|href|content)=\"(?:https?:)?//([^/\"]+)", html))
    assert hosts <= {httpx.URL(client.base_url).netloc.decode()}
    assert "Gradio" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_only_the_pages_own_scripts_may_run(client: httpx.Client) -> None:
    policy = client.get("/de/").headers["content-security-policy"]
    (scripts,) = re.findall(r"script-src ([^;]*)", policy)
    assert "'self'" in scripts
    assert "sha256-" in scripts
    assert "unsafe" not in scripts
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


def test_no_cookie_is_set_and_nothing_is_told_about_the_server(client: httpx.Client) -> None:
    for path in ("/", "/de/", "/chat.js", "/chat.css", "/favicon.svg"):
        response = client.get(path)
        assert "set-cookie" not in response.headers
        assert "server" not in response.headers
        assert response.headers["x-content-type-options"] == "nosniff"


def test_what_does_not_change_is_kept_by_the_browser(client: httpx.Client) -> None:
    (asset,) = re.findall(r'src="\./(assets/index-[^"]+\.js)"', client.get("/de/").text)
    assert "immutable" in client.get(f"/de/{asset}").headers["cache-control"]
    assert client.get("/chat.css").headers["cache-control"] == "public, max-age=3600"
    assert client.get("/chat.js?content=x").text == client.get("/chat.js").text
    assert client.get("/de/").headers["cache-control"] == "no-cache"


def test_pages_are_compressed(client: httpx.Client) -> None:
    response = client.get("/de/", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/openapi.json", "/de/gradio_api/info", "/de/gradio_api/openapi.json",
        "/de/gradio_api/upload", "/de/gradio_api/file=/etc/passwd", "/de/monitoring",
        "/de/gradio_api/proxy=http://127.0.0.1/", "/de/gradio_api/runs", "/de/login",
        "/de/gradio_api/deep_link", "/de/config",
    ],
)  # fmt: skip
def test_what_the_chat_does_not_need_is_closed(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in {404, 405}
    assert client.post(path, content=b"{}").status_code in {404, 405}


def test_a_huge_request_is_refused(client: httpx.Client) -> None:
    response = client.post("/de/gradio_api/run/predict", content=b"x" * 100_000)
    assert response.status_code == 413
    endless = (b"x" for _ in range(10))
    assert client.post("/de/gradio_api/run/predict", content=endless).status_code == 411


def test_a_broken_request_shows_no_traceback(client: httpx.Client) -> None:
    for body in (b"", b"{", b"[]", b'{"data": null, "fn_index": 99}'):
        response = client.post("/de/gradio_api/run/predict", content=body)
        assert response.status_code >= 400
        assert "Traceback" not in response.text
        assert "File " not in response.text


def test_a_page_of_the_servers_own_may_ask(client: httpx.Client, server: str) -> None:
    question = {"question": "Was ist Trainium?"}
    asked = client.post("/api/v1/ask", json=question, headers={"Origin": server})
    assert asked.status_code == 200
