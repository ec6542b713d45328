"""What every request and answer must satisfy: where a form may come from, and what a page may load.

A form that changes something is taken from this site's own pages only. Browsers say where a request comes
from in `Sec-Fetch-Site` and `Origin`; a request that says another site is refused. The private pages
(checkout and staff) need more: the browser's word for it, or the token printed in the form.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from shop.core.settings import settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PRIVATE_BLUEPRINTS = frozenset({"checkout", "staff", "recall_answers"})
PUBLIC_FORMS = frozenset({"checkout.add"})
"""Forms that stand on public pages, which are the same for every visitor and so hold no token."""
SIGNED_BODIES = frozenset({"stripe_webhook.receive"})
"""Endpoints called by machines, which prove themselves by a signature over the body."""

LARGEST_FORM = 1024 * 1024
MULTIPART_OVERHEAD = 512 * 1024


def set_up(app: Flask) -> None:
    """Guard every request and answer of the application."""
    values = settings_of(app)
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_FORM
    app.config["MAX_FORM_PARTS"] = 500
    app.config["MAX_CONTENT_LENGTH"] = 2 * values.certificate_max_bytes + MULTIPART_OVERHEAD
    app.config["TRUSTED_HOSTS"] = sorted({urlsplit(values.base_url).hostname or "", "127.0.0.1", "localhost"})
    app.jinja_env.globals["csrf_input"] = csrf_input
    if values.trusted_proxies:
        count = values.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.before_request(_refuse_foreign_forms)
    app.after_request(_set_headers)


def settings_of(app: Flask) -> Settings:
    """The settings of an application outside any request."""
    with app.app_context():
        return settings()


def is_private() -> bool:
    """Whether this page belongs to one visitor."""
    return request.blueprint in PRIVATE_BLUEPRINTS and request.endpoint not in PUBLIC_FORMS


def csrf_input() -> Markup:
    """The hidden field that proves a private form came from one of our pages."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(_token(_browser_key()))


def _browser_key() -> str:
    """A random value kept in a cookie of this browser; forms carry a hash of it that only we can make."""
    key = request.cookies.get(csrf_cookie_name(), "")
    if len(key) == 43:
        return key
    if "csrf_key" not in g:
        g.csrf_key = secrets.token_urlsafe(32)
    return str(g.csrf_key)


def _token(key: str) -> str:
    return hmac.new(settings().secret_key.encode(), f"form:{key}".encode(), sha256).hexdigest()


def csrf_cookie_name() -> str:
    """`__Host-` keeps other sites on the same domain from setting it; it needs HTTPS."""
    return "__Host-form" if settings().secure_cookies else "form"


def _refuse_foreign_forms() -> None:
    if request.method in SAFE_METHODS or request.endpoint in SIGNED_BODIES:
        return
    if _comes_from() == "elsewhere":
        abort(403, "This form was sent from another site.")
    if not is_private() or _comes_from() == "here":
        return
    key = request.cookies.get(csrf_cookie_name(), "")
    given = request.form.get("csrf_token", "")
    if not key or not hmac.compare_digest(given.encode(), _token(key).encode()):
        abort(403, "This form has no valid token.")


def _comes_from() -> str:
    """Where the browser says the request comes from: `here`, `elsewhere`, or `unknown`."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return "here" if fetch_site in ("same-origin", "none") else "elsewhere"
    origin = request.headers.get("Origin")
    if origin is not None:
        return "here" if urlsplit(origin).netloc == request.host else "elsewhere"
    return "unknown"


_NEVER_DOCUMENTS = ("font/", "text/css")
"""Media types that run nothing and frame nothing: policies of documents would only make pages heavier."""


def _set_headers(response: Response) -> Response:
    values = settings()
    if "csrf_key" in g:
        response.set_cookie(
            csrf_cookie_name(),
            g.csrf_key,
            httponly=True,
            secure=values.secure_cookies,
            samesite="Lax",
            path="/",
        )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not (response.mimetype or "").startswith(_NEVER_DOCUMENTS):
        response.headers.setdefault("Content-Security-Policy", content_security_policy())
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    if values.secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if is_private() or "csrf_key" in g:
        response.headers["Cache-Control"] = "no-store"
    return response


def content_security_policy() -> str:
    """Everything from here; forms may lead on to the hosted payment page."""
    return (
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {settings().stripe_checkout_origin}"
    )
