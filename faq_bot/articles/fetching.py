"""Fetching pages from the web, politely and only from the web.

robots.txt is obeyed (RFC 9309), a page that has not changed is not sent again (conditional
requests, RFC 9110), time, size and redirects are limited, and the bot says who it is. Addresses of
the own machine or network are refused unless allowed, so that a page cannot make the bot read what
only the server can reach.

httpx and protego do what is general. Scrapy has the rest, too, but runs a process of its own, and
connects to whatever address a name has by then.
"""

import socket
import time
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego

from faq_bot.core.errors import FetchError, PageGoneError

AGENT = "faq-bot"

_MOST_BYTES = 10_000_000
_MOST_SECONDS = 30.0
_SECONDS_TO_CONNECT = 10.0
_MOST_REDIRECTS = 5
_MOST_FAILURES = 3  # in a row, until a site is given up: it may have thousands of pages
_PAUSE = 0.2  # seconds between two requests to a site, unless it wants another
_LONGEST_PAUSE = 10.0  # a site that wants more is read with this
_AROUND_IPV4 = (ip_network("64:ff9b::/96"), ip_network("::/96"))  # IPv4 in the last 32 bits


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a server sent; `etag` and `modified` tell whether it has changed since."""

    address: str
    data: bytes
    etag: str | None = None
    modified: str | None = None


class Fetcher:
    """Fetches pages, one after the other."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._client = httpx.Client(
            transport=_Transport(allow_private=allow_private),
            headers={"User-Agent": f"{AGENT}/{version('faq-bot')}"},
            timeout=httpx.Timeout(_MOST_SECONDS, connect=_SECONDS_TO_CONNECT),
            trust_env=False,
        )
        self._robots: dict[str, Protego] = {}
        self._left: dict[str, str] = {}  # sites that are left in peace, and why
        self._failures: Counter[str] = Counter()
        self._free_at: dict[str, float] = {}

    def fetch(self, address: str) -> Fetched:
        """Fetch a page.

        Raises:
            PageGoneError: it is no longer there.
            FetchError: it cannot be had, is too large, or may not be read.
        """
        fetched = self.fetch_if_changed(address)
        if fetched is None:
            raise FetchError(f"{address} says that it has not changed, but was not read before.")
        return fetched

    def fetch_if_changed(
        self, address: str, *, etag: str | None = None, modified: str | None = None
    ) -> Fetched | None:
        """Fetch a page, or return None if it has not changed since it had these marks.

        Raises:
            PageGoneError, FetchError: as for `fetch`.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in known.items() if value is not None}
        for _ in range(_MOST_REDIRECTS + 1):
            self._check_robots(address)
            response, data = self._get(address, headers)
            if response.has_redirect_location:
                address = urljoin(address, response.headers["Location"])
                continue
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            if response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
                raise PageGoneError(f"{address} answers {_status(response)}.")
            if response.status_code != httpx.codes.OK:
                raise FetchError(f"{address} answers {_status(response)}.")
            marks = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
            return Fetched(address, data, *marks)
        raise FetchError(f"{address} leads on and on to other addresses.")

    def _check_robots(self, address: str) -> None:
        origin = _origin(address)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin)
        if not self._robots[origin].can_fetch(address, AGENT):
            raise FetchError(f"{origin}/robots.txt does not let {AGENT} read {address}.")

    def _read_robots(self, origin: str) -> Protego:
        address = f"{origin}/robots.txt"
        response, data = self._get(address, {})
        for _ in range(_MOST_REDIRECTS):
            if not response.has_redirect_location:
                break
            address = urljoin(address, response.headers["Location"])
            response, data = self._get(address, {})
        if response.is_server_error:  # RFC 9309, 2.3.1.4: nothing may be read
            self._left[origin] = f"{origin}/robots.txt answers {_status(response)}."
            raise FetchError(self._left[origin])
        return Protego.parse(data.decode("utf-8", "replace") if response.is_success else "")

    def _get(self, address: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
        """Send one request, when the host may be asked again; read what it sends, up to a limit."""
        origin = _origin(address)
        if origin in self._left:
            raise FetchError(self._left[origin])
        self._wait(origin)
        end = time.monotonic() + _MOST_SECONDS
        data = bytearray()
        try:
            with self._client.stream("GET", address, headers=headers) as response:
                for piece in response.iter_bytes():
                    data += piece
                    if len(data) > _MOST_BYTES:
                        raise FetchError(f"{address} is larger than {_MOST_BYTES // 10**6} MB.")
                    if time.monotonic() > end:
                        raise FetchError(f"{address} took longer than {_MOST_SECONDS:.0f} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            self._failures[origin] += 1
            if self._failures[origin] == _MOST_FAILURES:
                self._left[origin] = f"{origin} did not answer {_MOST_FAILURES} times."
            raise FetchError(f"{address} cannot be fetched: {error}.") from error
        self._failures[origin] = 0
        return response, bytes(data)

    def _wait(self, origin: str) -> None:
        robots = self._robots.get(origin)
        wanted = None if robots is None else robots.crawl_delay(AGENT)
        pause = _PAUSE if wanted is None else min(float(wanted), _LONGEST_PAUSE)
        time.sleep(max(0.0, self._free_at.get(origin, 0.0) - time.monotonic()))
        self._free_at[origin] = time.monotonic() + pause


def _origin(address: str) -> str:
    """Return scheme, host and port of an address.

    Raises:
        FetchError: it is none of a web page.
    """
    try:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and parts.hostname:
            return f"{parts.scheme}://{parts.netloc}"
    except ValueError:  # an IPv6 address without its end
        pass
    raise FetchError(f"{address} is no address of a web page (http or https).")


class _Transport(httpx.HTTPTransport):
    """Connects to the very address that was checked: asked again, a name may give another."""

    def __init__(self, *, allow_private: bool) -> None:
        super().__init__()
        self._allow_private = allow_private

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._allow_private:
            return super().handle_request(request)
        host = request.url.host
        checked = httpx.Request(
            request.method,
            request.url.copy_with(host=_public_address(host)),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return super().handle_request(checked)


def _public_address(host: str) -> str:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"There is no host {host}.") from error
    addresses = [str(address[0]) for *_, address in found]
    public = next(filter(is_public, addresses), None)
    if public is None:
        raise FetchError(
            f"{host} is on the own machine or network. "
            "If it shall be read, set FAQ_BOT_ALLOW_PRIVATE_ADDRESSES=true."
        )
    return public


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    if any(parsed in network for network in _AROUND_IPV4):
        parsed = IPv4Address(int(parsed) & 0xFFFFFFFF)
    return parsed.is_global and not parsed.is_multicast


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()
