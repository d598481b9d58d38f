"""The description of the API: what OpenAPI says of bodies that are no JSON, of errors, and of keys."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from standout.deploy.api.problems import CODES
from standout.deploy.api.roles import role_of

DESCRIPTION = """Score rows, watch streams of them, and triage what stands out.

Send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`. Its role is *ingest* (send and score rows), *view* (also read) or
*act* (also change); each operation says which it needs. Every answer that is no success has the fields `code`, `what` and `hint`."""
PROBLEM = {
    "type": "object",
    "description": "What went wrong.",
    "required": ["code", "what", "hint"],
    "properties": {
        "code": {"type": "string", "description": "The same for the same kind of mistake.", "examples": ["not-known"]},
        "what": {"type": "string", "description": "What happened, with the column, row or parameter.",
                 "examples": ["This needs an API key that is known here."]},
        "hint": {"type": "string", "description": "One thing to try.", "examples": ["Send it as Authorization: Bearer KEY."]},
    },
}  # fmt: skip  # a table reads better


def described(app: FastAPI) -> None:
    """Make the application tell of keys, roles and errors beside what FastAPI finds out by itself."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = PROBLEM
            parts["schemas"].pop("HTTPValidationError", None)
            parts["schemas"].pop("ValidationError", None)
            parts["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            }
            roles = {(r.path, m.lower()): role_of(r) for r in app.routes if isinstance(r, APIRoute) for m in r.methods or ()}
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _tell(operation, roles.get((path, method)))
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to add to it


def _tell(operation: dict[str, Any], role: Any) -> None:
    if role is not None:
        operation["security"] = [{"bearer": []}, {"header": []}]
        operation["description"] = f"{operation.get('description', '')}\n\nRole: {role.value}.".strip()
    answers = operation["responses"]
    statuses = {kind.status for kind in CODES} - {500}
    for status in sorted({*statuses, 422}):
        answers[str(status)] = {
            "description": ", ".join(k.code for k in CODES if k.status == status) or "an error with a name",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
