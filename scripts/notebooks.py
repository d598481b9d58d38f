"""Keep notebooks/ tidy, and run them.

python scripts/notebooks.py            clear outputs, name cells, sort keys: what is committed
python scripts/notebooks.py --check    say which notebook is not tidy; leaves with 1
python scripts/notebooks.py --run fraud --out FOLDER    run one in an empty folder, and keep it there with its outputs

A cell's id is made of its first words, so that it says what the cell is and a diff shows what has changed. Run fails where a cell
raises or writes to standard error: what floods a reader is a fault.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

HOME = Path(__file__).parents[1] / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def tidy(notebook: Any) -> str:
    """The notebook as it is committed: no outputs, no counts, no traces of a machine, the same ids each time."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        cell.source = cell.source.strip()
        name = "-".join(re.findall(r"[a-z0-9]+", cell.source.lower())[:5])[:48] or "empty"
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip() + "\n"


def run(name: str, out: Path) -> None:
    """Run a notebook in a folder, which should be empty, and leave it there with its outputs; SystemExit where a cell floods."""
    from nbclient import NotebookClient

    notebook = nbformat.read(HOME / f"{name}.ipynb", as_version=4)
    out.mkdir(parents=True, exist_ok=True)
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(out)}}).execute()
    nbformat.write(notebook, out / f"{name}.ipynb")
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                sys.exit(f"{name}, cell {cell.id}, wrote to standard error:\n{output.text}")


def main() -> None:
    """What the module says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--run", metavar="NAME")
    parser.add_argument("--out", type=Path, default=Path("notebooks-run"))
    asked = parser.parse_args()
    if asked.run:
        run(asked.run, asked.out)
        return
    untidy = []
    for path in sorted(HOME.glob("*.ipynb")):
        text = tidy(nbformat.read(path, as_version=4))
        if text != path.read_text(encoding="utf-8"):
            untidy.append(path.name)
            if not asked.check:
                path.write_text(text, encoding="utf-8")
    if asked.check and untidy:
        sys.exit(f"Not tidy: {', '.join(untidy)}. Run python scripts/notebooks.py.")


if __name__ == "__main__":
    main()
