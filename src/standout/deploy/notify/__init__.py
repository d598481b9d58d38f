"""Telling people: texts of messages, channels with their filters, and the worker that empties the outbox."""
