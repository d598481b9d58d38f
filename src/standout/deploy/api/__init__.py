"""The HTTP face of the live service: keys and roles, limits, one small file of routes for each noun, metrics.

A request passes, in this order: `wire` (bytes to a request, with limits on headers and time), `front` (host, key, rate, body, log),
a route of `routes/`, and the service. Every answer that is no success has three fields: code, what and hint.
"""
