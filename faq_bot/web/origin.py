"""From which page a request comes."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def is_foreign_origin(request: HTTPConnection, allowed: Sequence[str]) -> bool:
    """Whether a page asks that is neither the server's own nor of an origin that is allowed."""
    origin = request.headers.get("origin")
    if origin is None or urlsplit(origin).netloc == request.headers.get("host"):
        return False
    return not {origin, "*"} & set(allowed)
