"""The API's documentation page: Swagger UI over the document that this server serves.

The page holds no script of its own, as the content policy allows none; the build of the web app puts all
files that it names into `docs-page/`.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from livehall.server.pages import BUILT, NOT_BUILT

_FOLDER = "docs-page"
_PAGE = f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Livehall API</title>
    <link rel="icon" type="image/svg+xml" href="/favicon.svg">
    <link rel="stylesheet" href="/{_FOLDER}/swagger-ui.css">
    <link rel="stylesheet" href="/{_FOLDER}/page.css">
  </head>
  <body>
    <noscript>This page needs JavaScript. <a href="/openapi/live.json">The document itself</a></noscript>
    <main id="swagger-ui"></main>
    <script src="/{_FOLDER}/swagger-ui-bundle.js"></script>
    <script src="/{_FOLDER}/start.js"></script>
  </body>
</html>
"""


async def docs_page(_: Request) -> Response:
    """Where the web app is not built: 503, and plain words that say so."""
    headers = {"cache-control": "no-cache"}
    if not (BUILT / _FOLDER / "swagger-ui-bundle.js").is_file():
        return PlainTextResponse(NOT_BUILT, 503, headers)
    return HTMLResponse(_PAGE, headers=headers)
