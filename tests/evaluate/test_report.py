from __future__ import annotations

import base64
import hashlib
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import stories

from standout.core.profile import ColumnProfile
from standout.core.table import Field, Kind
from standout.evaluate.report import page as pages
from standout.evaluate.report.about_data import usual
from standout.evaluate.report.page import render, render_profile

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}
PAGES = {"full": stories.full, "bare": stories.bare, "hostile": stories.hostile}


class Reader(HTMLParser):
    """Reads a page as a browser or a screen reader would, and complains of what neither could make sense of."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.fetched: list[str] = []
        self.handlers: list[str] = []
        self.unnamed: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.handlers += [name for name in given if name.startswith("on")]
        for name in ("src", "href", "action", "data"):
            value = given.get(name)
            if value and not value.startswith(("#", "data:")):
                self.fetched.append(value)
        if tag in ("svg", "img") and not (given.get("aria-label") or given.get("alt") or given.get("aria-hidden") == "true"):
            self.unnamed.append(str(given))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return render(PAGES[request.param]())


def test_a_page_is_well_formed_and_every_picture_has_words(page: str) -> None:
    read = Reader(page)
    assert not read.open
    assert len(read.ids) == len(set(read.ids))
    assert read.headings[0] == 1
    assert all(b <= a + 1 for a, b in zip(read.headings, read.headings[1:], strict=False))
    assert not read.unnamed


def test_a_page_fetches_nothing_and_runs_only_its_own_script(page: str) -> None:
    read = Reader(page)
    assert not read.fetched
    assert not read.handlers
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert f"sha256-{digest}" in policy[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy[1].replace("&#39;", "'")


def test_hostile_names_and_values_are_text() -> None:
    page = render(stories.hostile())
    assert page.count("<script") == 1
    read = Reader(page)
    assert "<script>" in read.text
    assert not re.search(r"<img[^>]*onerror", page)


def test_what_is_not_there_is_said() -> None:
    text = Reader(render(stories.bare())).text
    assert "no alert" in text.lower() or "nothing" in text.lower()
    assert len(text) > 500


def test_the_same_story_gives_the_same_page() -> None:
    story = stories.full()
    assert render(story) == render(story)


def test_compiled_templates_are_kept_and_a_damaged_one_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = stories.bare()
    whole = render(story)
    shutil.copytree(pages.HOME, tmp_path / "report", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(pages, "HOME", tmp_path / "report")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for damage in (lambda held: held, lambda held: held[:-20], lambda held: held[:0]):
        pages.environment.cache_clear()
        assert render(story) == whole
        kept = list((tmp_path / "report/templates/__pycache__").glob("*.template"))
        assert kept
        for path in kept:
            path.write_bytes(damage(path.read_bytes()))
    pages.environment.cache_clear()
    assert render(story) == whole
    pages.environment.cache_clear()


def test_five_hundred_alerts_stay_below_two_megabytes() -> None:
    assert len(render(stories.full(6000, alerts=500)).encode()) < 2_000_000


def test_a_profile_alone_is_a_page_of_the_same_make() -> None:
    read = Reader(render_profile(stories.full().profile))
    assert not read.fetched
    assert "machine.csv" in read.text


def test_usual_values_are_said_as_a_person_would() -> None:
    field = Field("tries", Kind.NUMBER)
    always, mostly, spread = ((0.0,) * 8 + (9.0,), (0.0,) * 6 + (4.0, 5.0, 9.0), (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0))
    said = [usual(ColumnProfile(field, 10, 0, 3, quantiles=q)) for q in (always, mostly, spread)]
    assert said == ["nearly always 0", "0 to 4, most often 0", "2 to 6, half below 4"]
