"""The report: one self-contained page that opens offline."""

from standout.evaluate.report.page import render, render_profile
from standout.evaluate.report.story import Projection, Story, Timeline

__all__ = ["Projection", "Story", "Timeline", "render", "render_profile"]
