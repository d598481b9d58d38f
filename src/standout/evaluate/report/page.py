"""One self-contained page from a story: no request leaves it, and nothing that data says becomes markup."""

from __future__ import annotations

import base64
import hashlib
import marshal
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from standout.core.errors import OutputError
from standout.core.files import replacing
from standout.core.profile import Profile
from standout.evaluate.report import about_alerts, about_data, about_models, about_reasons, about_results, words
from standout.evaluate.report.small import SmallPictures
from standout.evaluate.report.story import Story
from standout.evaluate.report.theme import shared_style, variables

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment

HOME = Path(__file__).parent

SECTIONS = (
    ("goal", "Goal"),
    ("data", "Data"),
    ("preparation", "Preparation"),
    ("models", "Models"),
    ("alerts", "Alerts"),
    ("reasons", "Reasons"),
    ("scores", "Scores"),
    ("time", "Time"),
    ("space", "In 2-D"),
    ("evaluation", "Evaluation"),
    ("repeat", "Repeat"),
)


def render(story: Story) -> str:
    """The whole report as one HTML page, a sentence, a picture and a table for each phase.

    Everything the page needs is in it; it opens offline and asks nobody for anything. Texts from data are shown as text.
    """
    alerted = len(story.alerts.table) if story.alerted is None else story.alerted
    small = SmallPictures({c.field.name: c for c in story.profile.columns}, story.sample)
    alerts = about_alerts.alert_rows(story.alerts, story.reasons, small)
    return _page(
        "report.html.j2",
        sections=SECTIONS,
        story=story,
        profile=story.profile,
        alerted=alerted,
        alerts=alerts,
        head=about_alerts.head(story, alerted),
        shown=about_alerts.shown(story, alerts, alerted),
        reasons=about_reasons.reasons(story),
        data=about_data.data(story.profile),
        prepared=about_data.prepared(story),
        models=about_models.models(story),
        pictures=about_results.pictures(story),
        evaluated=about_results.evaluated(story),
        repeat=about_results.repeat(story),
        symbols=_symbols(small.symbols),
    )


def render_profile(profile: Profile) -> str:
    """The profile alone, as one HTML page of the same make."""
    return _page("profile.html.j2", sections=(("data", "Data"),), profile=profile, data=about_data.data(profile))


def _page(template: str, **context: Any) -> str:
    style, script = _assets()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment().get_template(template).render(
        style=Markup(style), script=Markup(script), script_hash=f"sha256-{digest}", **context
    )  # fmt: skip  # one call a line


def _symbols(symbols: dict[str, str]) -> Markup:
    if not symbols:
        return Markup("")
    bodies = "".join(f'<g id="{name}">{body}</g>' for name, body in symbols.items())
    return Markup(f'<svg class="symbols" aria-hidden="true" focusable="false"><defs>{bodies}</defs></svg>')


@cache
def _assets() -> tuple[str, str]:
    own, drawn, script = (
        (HOME / name).read_text(encoding="utf-8").strip() for name in ("style.css", "pictures.css", "script.js")
    )
    return variables() + shared_style() + (drawn + own).replace("\n", ""), script


def _compiled() -> BytecodeCache:
    """Templates compiled, kept beside them as Python keeps modules; where nothing can be written they are compiled each time."""
    import jinja2
    from jinja2.bccache import Bucket

    class Kept(jinja2.BytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError, EOFError, ValueError, TypeError):
                path, mark = _place(bucket)
                held = path.read_bytes()
                bucket.code = marshal.loads(held.removeprefix(mark)) if held.startswith(mark) else None

        def dump_bytecode(self, bucket: Bucket) -> None:
            path, mark = _place(bucket)
            if not sys.dont_write_bytecode:
                with suppress(OutputError), replacing(path) as handle:
                    handle.write(mark + marshal.dumps(bucket.code))

    def _place(bucket: Bucket) -> tuple[Path, bytes]:
        mark = f"{jinja2.__version__} {sys.implementation.cache_tag} {bucket.checksum}\n"
        return HOME / "templates" / "__pycache__" / f"{bucket.key}.template", mark.encode()

    return Kept()


@cache
def environment() -> Environment:
    """Templates with everything escaped, undefined names refused, and numbers said as `words` says them."""
    import jinja2  # here, so that importing the report's nouns costs nothing

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HOME / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_compiled(),
    )
    for name in ("number", "count", "many", "percent", "whole_percent", "duration", "text", "value"):
        environment.filters[name] = getattr(words, name)
    return environment
