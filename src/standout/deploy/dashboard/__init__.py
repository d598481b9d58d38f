"""The pages in which people triage: overview, queue, budget, health, what is kept quiet, delivery.

`application` makes the ASGI application that `standout serve` mounts beside the API on one port. Streamlit is imported there and in
the pages, never here, so that knowing of the dashboard costs nothing.
"""

from standout.deploy.dashboard.door import Door, application

__all__ = ["Door", "application"]
