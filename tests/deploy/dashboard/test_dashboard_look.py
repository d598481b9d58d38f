"""The look: one theme for report and dashboard, nothing sent home, nothing fetched from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from standout.deploy.dashboard import look
from standout.evaluate.report.theme import LIGHT, contrast

HOME = Path(look.__file__).parent


def test_streamlit_knows_every_setting() -> None:
    config = pytest.importorskip("streamlit.config")
    known = config.get_config_options()
    assert set(look.options()) <= set(known)


def test_nothing_is_sent_home_and_errors_show_no_code() -> None:
    assert look.options()["browser.gatherUsageStats"] is False
    assert look.options()["client.showErrorDetails"] == "none"


def test_the_style_uses_tokens_of_the_theme_only() -> None:
    own = (HOME / "style.css").read_text()
    set_in_place = {"w", "x", "h", "a", "b"}
    assert set(re.findall(r"var\(--([a-z-]+)\)", own)) <= {*LIGHT, "font", "mono", *set_in_place}
    assert not re.search(r"url\(|@import|https?:", own)


def test_text_on_primary_buttons_can_be_read_in_both_modes() -> None:
    assert contrast("#ffffff", look.options()["theme.light.primaryColor"]) >= 4.5
    assert contrast("#0d1b24", look.options()["theme.dark.primaryColor"]) >= 4.5


def test_no_module_has_the_name_of_one_that_python_has() -> None:
    import sys

    names = {p.stem for p in HOME.glob("*.py")}  # Streamlit puts the folder of its script before all others
    assert not names & set(sys.stdlib_module_names)
