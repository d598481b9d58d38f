"""A nursery of senders that are killed: told a line, it forks one that empties an outbox, and says its process id.

Forking spares each of them the second that imports take. Arguments: the store's URL, the channel's address.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings


def sender(store_url: str, address: str) -> None:
    from standout.deploy.notify.channels import Channel
    from standout.deploy.notify.worker import Notifier, Pace
    from standout.deploy.store.store import Store

    pace = Pace(tries=50, first=0.01, longest=0.05, look=0.02, claim=1.0, together=1, deadline=0.8)
    Notifier(Store.open(store_url, busy=10), [Channel.parsed("ops", address)], pace=pace).start()
    threading.Event().wait(60)  # bounded, should nobody kill it
    os._exit(1)


def main(store_url: str, address: str) -> None:
    warnings.simplefilter("ignore")
    import apprise

    import standout.deploy.notify.worker

    assert standout.deploy.notify.worker
    apprise.Apprise.instantiate(address)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            sender(store_url, address)
        print(child, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
