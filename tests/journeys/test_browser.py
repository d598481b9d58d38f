"""The report and the profile in a real browser: on a desk and on a phone, by day and by night, by mouse and by keyboard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from standout.deploy.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK, PHONE = (1280, 900), (390, 844)

PICTURES = """() => [...document.querySelectorAll('svg.picture, svg.small')].filter((s) => s.checkVisibility())
  .map((s) => [s.getBoundingClientRect().width, !!s.closest('.scroll')])"""

FOCUSED = "(e => e.id || (e.closest('th') ? 'sort' : e.tagName === 'SUMMARY' ? 'summary' : e.className))(document.activeElement)"

WORST_CONTRAST = """() => {
  const part = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = (c) => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(Number).map(part);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const ratio = (e) => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const all = document.querySelectorAll('p, h1, h2, h3, td, th, dt, dd, li, .quiet, .tag');
  return Math.min(...[...all].filter((e) => e.offsetParent && e.textContent.trim()).map(ratio));
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of a report of labelled payments and of the profile of the same file."""
    folder = tmp_path_factory.mktemp("pages")
    for arguments in (
        ["example", "payments", folder / "payments.csv", "--rows", "3000"],
        ["run", folder / "payments.csv", "--label", "fraud", "--out", folder / "run", "--alerts", "60", "--quiet"],
        ["profile", folder / "payments.csv", "--out", folder / "profile.html"],
    ):
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        assert left.value.code in (0, None)
    return {"report": (folder / "run" / "report.html").as_uri(), "profile": (folder / "profile.html").as_uri()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("STANDOUT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None and not os.environ.get("CI"):
        pytest.skip("needs playwright and chromium: pip install playwright, then apt-get install chromium")
    assert program is not None, "there is no chromium on this machine"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit:
    """A page, and what it asked for or complained of."""

    def __init__(self, browser: Browser, address: str, size: tuple[int, int] = DESK, scheme: str = "light") -> None:
        self.page: Page = browser.new_page(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
        )
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_function("document.readyState === 'complete'")

    def __enter__(self) -> Page:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("what", ["report", "profile"])
def test_a_page_is_silent_asks_for_nothing_and_fits(
    browser: Browser, pages: dict[str, str], what: str, size: tuple[int, int], scheme: str
) -> None:
    visit = Visit(browser, pages[what], size, scheme)
    with visit as page:
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        for share in (0, 0.5, 1):
            page.evaluate(f"scrollTo(0, {share} * document.body.scrollHeight)")
        assert visit.said == []
        assert [a for a in visit.asked if not a.startswith("data:")] == [pages[what]]
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], "the page scrolls sideways"
        boxes = page.evaluate(PICTURES)
        assert len(boxes) >= 5
        assert all(width > 0 and (width <= size[0] or scrolls) for width, scrolls in boxes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Browser, pages: dict[str, str], scheme: str) -> None:
    """The contrast that the accessibility guidelines ask of running text, 4.5 to 1."""
    with Visit(browser, pages["report"], PHONE, scheme) as page:
        ratio = page.evaluate(WORST_CONTRAST)
        assert ratio >= 4.5


def test_the_alerts_are_sorted_by_a_click(browser: Browser, pages: dict[str, str]) -> None:
    with Visit(browser, pages["report"]) as page:
        rows = ".alerts > tbody > tr:not([hidden])"
        assert page.eval_on_selector_all(rows, "e => e.map((r) => Number(r.dataset.rank))") == list(range(1, 26))
        page.click(".alerts th[data-key=where] button")
        when = page.eval_on_selector_all(rows, "e => e.map((r) => Number(r.dataset.where))")
        assert when == sorted(when)
        assert page.get_attribute(".alerts th[data-key=where]", "aria-sort") == "ascending"
        page.click(".alerts th[data-key=where] button")
        when = page.eval_on_selector_all(rows, "e => e.map((r) => Number(r.dataset.where))")
        assert when == sorted(when, reverse=True)
        page.click("#all")
        whole = page.locator(".alerts > tbody > tr").count()
        assert page.locator(rows).count() == whole > 25


def test_alerts_are_found_by_their_words_and_their_reason(browser: Browser, pages: dict[str, str]) -> None:
    with Visit(browser, pages["report"]) as page:
        rows = ".alerts > tbody > tr:not([hidden])"
        page.select_option("#by", index=1)
        chosen = page.input_value("#by")
        assert set(page.eval_on_selector_all(rows, "e => e.map((r) => r.dataset.by)")) == {chosen}
        page.select_option("#by", "")
        page.fill("#find", "no such words anywhere")
        assert page.locator(rows).count() == 0
        assert "No alert fits" in page.inner_text("#told")
        page.fill("#find", "")
        assert page.locator(rows).count() == 25


def test_everything_is_reached_by_keyboard(browser: Browser, pages: dict[str, str]) -> None:
    with Visit(browser, pages["report"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        wanted, met = {"find", "by", "sort", "theme", "summary"}, set()
        for _ in range(200):
            page.keyboard.press("Tab")
            met.add(page.evaluate(FOCUSED))
            outline = page.evaluate("(s => s.outlineStyle + s.boxShadow)(getComputedStyle(document.activeElement))")
            assert outline != "nonenone", f"nothing shows that {met} has the focus"
            if wanted <= met:
                break
        assert wanted <= met
        page.focus(".alerts th[data-key=by] button")
        page.keyboard.press("Enter")
        assert page.get_attribute(".alerts th[data-key=by]", "aria-sort") == "ascending"


def test_the_colours_are_changed_by_hand(browser: Browser, pages: dict[str, str]) -> None:
    with Visit(browser, pages["report"]) as page:
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click(".theme")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
