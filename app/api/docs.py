"""The documentation page: Swagger UI from files of our own, so that it works without a network."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.api.preferences import EXAMPLE_KEY
from app.api.ranges import has_it
from app.domain.errors import Refused
from schemas.problem_vocabulary import Problem

router = APIRouter(include_in_schema=False)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Scripts and styles come from here alone. Styles that a script sets are not inline ones."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Habeas: how to use it</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="docs/assets/favicon.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="stylesheet" href="docs/assets/docs.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script></body></html>
"""

_START = f"""const keys = new Map();

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// The same thing sent again is the same subject request; another thing is another one.
function nameOnce(request) {{
  if (request.headers["Idempotency-Key"] === "{EXAMPLE_KEY}") {{
    const what = [request.method, request.url, request.body].join(" ");
    if (!keys.has(what)) keys.set(what, crypto.randomUUID());
    request.headers["Idempotency-Key"] = keys.get(what);
  }}
  return request;
}}

window.ui = SwaggerUIBundle({{
  url: new URL("../../openapi.json", document.currentScript.src).href,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  requestSnippetsEnabled: true,
  tryItOutEnabled: true,
  requestInterceptor: nameOnce,
  validatorUrl: null
}});
""".encode()
"""Starts the page. The example key stands for a fresh one: two examples are two requests."""

_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "docs.css": "text/css",
    "favicon.png": "image/png",
    "start.js": "text/javascript",
}


@cache
def _asset(name: str) -> tuple[bytes, str]:
    """Read a file once; give it with its tag."""
    if name == "start.js":
        content = _START
    elif name == "docs.css":
        content = files("app.api").joinpath(name).read_bytes()
    else:
        content = files("fastapi_offline").joinpath("static", name).read_bytes()
    return content, f'"{sha256(content).hexdigest()}"'


@router.get("/docs")
async def show_docs() -> HTMLResponse:
    """Show how every operation is used."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/assets/{name}")
async def give_asset(name: str, request: Request) -> Response:
    """Give a file of the documentation page."""
    if name not in _MEDIA_TYPES:
        raise Refused(Problem.NOT_FOUND, "Nothing is there under this address.")
    content, etag = _asset(name)
    headers = {"ETag": etag, "Cache-Control": "public, max-age=86400"}
    if has_it(request.headers.get("if-none-match"), etag):
        return Response(None, 304, headers)
    return Response(content, 200, headers, _MEDIA_TYPES[name])
