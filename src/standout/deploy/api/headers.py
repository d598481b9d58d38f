"""Headers that tell a browser to be careful: what may run in our pages, who may frame them, what may be guessed or kept."""

from __future__ import annotations

COMMON = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # under no-referrer a browser sends our own form to sign in with Origin: null
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
DATA = (*COMMON, (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"), (b"cache-control", b"no-store"))
"""For answers of the API: nothing in them is to be run, framed or kept."""

# Streamlit compiles its charts' expressions and styles itself in place, so it needs 'unsafe-eval' and inline styles; scripts come
# from this server alone, and nothing is fetched from anywhere else.
PAGES = (
    *COMMON,
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
)
"""For the dashboard's pages."""

FORM = (
    *COMMON,
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"cache-control", b"no-store"),
)
"""For the page where people log in, which runs no script at all."""
