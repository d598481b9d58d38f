"""Settings: one list for flags and files, and names that can be told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from standout.core.errors import ParameterError, UnknownNameError, UnreadableError
from standout.deploy.live.settings import Settings, settings_from


def test_a_model_file_is_called_after_itself_or_its_run_folder(tmp_path):
    told = Settings(
        models=(str(tmp_path / "pumps.standout"), str(tmp_path / "claims-run" / "model.standout"), "x=model.standout")
    )
    assert list(told.named_models) == ["pumps", "claims", "x"]
    assert told.named_models["x"] == Path("model.standout")


@pytest.mark.parametrize("models", [("a=x", "a=y"), ("=x",), ("a=",), ("../=x",)])
def test_a_name_that_is_none_or_stands_twice_is_refused(models):
    with pytest.raises(ParameterError, match="models"):
        Settings(models=models)


def test_flags_win_over_the_file_and_unknown_keys_are_named(tmp_path):
    file = tmp_path / "serve.toml"
    file.write_text('wait = 5\nmodels = ["a=a.standout"]\n')
    told = settings_from(file, {"wait": 2.0, "learn": None})
    assert (told.wait, told.learn, told.models) == (2.0, False, ("a=a.standout",))
    file.write_text("wiat = 5\n")
    with pytest.raises(UnknownNameError, match="wait"):
        settings_from(file, {})
    file.write_text("wait = \n")
    with pytest.raises(UnreadableError, match=r"serve\.toml"):
        settings_from(file, {})
