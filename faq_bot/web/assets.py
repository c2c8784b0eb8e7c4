"""Scripts, stylesheets and templates of the package, and how the browser gets them.

Own code, since Starlette's `StaticFiles` serves files as they lie there, and these are put
together, freed of comments and named by their content.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from fastapi import Request
from fastapi.responses import Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from rjsmin import jsmin

FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file with its media type."""

    content: str
    media_type: str

    @cached_property
    def version(self) -> str:
        """What changes with the content, short enough for an address."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:12]

    @cached_property
    def integrity(self) -> str:
        """The value of an `integrity` attribute (W3C Subresource Integrity)."""
        digest = hashlib.sha384(self.content.encode()).digest()
        return f"sha384-{base64.b64encode(digest).decode()}"

    def response(self, request: Request, cache_control: str) -> Response:
        """Return the file, or that the browser has it already; pages of any origin may load it."""
        headers = {
            "Cache-Control": cache_control,
            "ETag": f'W/"{self.version}"',
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
        if headers["ETag"] in known:
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type=self.media_type, headers=headers)


def read_file(package: str, name: str, **values: object) -> str:
    """Return a file of a package, with the shared script and the values where it names them.

    Values take the place of their names in capitals between double underscores, as JSON. Scripts
    come without their comments and needless spaces.
    """

    def read(package: str, name: str) -> str:
        return resources.files(package).joinpath(name).read_text(encoding="utf-8")

    text = read(package, name).replace("  // __SHARED__\n", read("faq_bot.web", "shared.js"))
    if name.endswith(".js"):
        text = jsmin(text)
    for key, value in values.items():
        text = text.replace(f'"__{key}__"', json.dumps(value, ensure_ascii=False))
    return text


def templates(*packages: str) -> Environment:
    """Return the HTML templates of packages; they escape everything that is put into them.

    Where two have a template of the same name, it is that of the first.
    """
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, ".") for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
