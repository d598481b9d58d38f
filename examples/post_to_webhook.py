"""Send the alerts of a file to a chat or ticket system: one JSON message each, with a key that stays the same when it is sent again.

    python post_to_webhook.py MODEL FILE https://example.org/hook

Only the standard library beside Standout. The live service does this by itself, with an outbox that outlasts a restart (`standout serve
--channel`).
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import standout

TRIES = 3


def messages(model: standout.Model, what: Any) -> Iterator[dict[str, Any]]:
    for alert in standout.alerts(standout.score(model, what)).to_pylist():
        yield {
            "key": f"{model.digest[:12]}-{alert['row']}",
            "text": f"Severity {alert['severity']:.1f}, row {alert['row']}: {alert['reason']}",
            "alert": alert,
        }


def post(url: str, message: dict[str, Any], wait: float = 1.0) -> None:
    body = json.dumps(message, default=str).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": message["key"]}
    for tried in range(1, TRIES + 1):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10):
                return
        except urllib.error.URLError as error:
            refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if refused or tried == TRIES:
                raise
            time.sleep(wait * 2**tried)


if __name__ == "__main__":
    model_file, file, url = sys.argv[1:4]
    sent = 0
    for message in messages(standout.load(model_file), file):
        post(url, message)
        sent += 1
    print(f"{sent} messages sent")
