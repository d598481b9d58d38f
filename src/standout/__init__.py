"""Standout finds what stands out in tables, series and streams, says why, and keeps false alarms within a budget."""
