"""The script that a user would write today, as the peer of `standout run`: `python bench/notebook.py FILE FOLDER`.

pandas, describe, histograms, correlation, imputation, coding and scaling, scikit-learn's isolation forest, a PCA picture.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def main(path: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.read_csv(path, parse_dates=["time"])
    frame.describe(include="all").to_csv(folder / "describe.csv")
    numbers = frame.select_dtypes("number")
    numbers.hist(bins=50, figsize=(14, 10))
    plt.savefig(folder / "histograms.png")
    plt.matshow(numbers.corr())
    plt.savefig(folder / "correlation.png")
    kinds = [c for c in frame.columns if c.startswith("category") or c == "flag"]
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), list(numbers.columns)),
            ("kinds", OneHotEncoder(handle_unknown="ignore", max_categories=12, sparse_output=False), kinds),
        ]
    )
    matrix = prepare.fit_transform(frame)
    forest = IsolationForest(n_jobs=2, random_state=0).fit(matrix)
    frame["score"] = -forest.score_samples(matrix)
    frame.nlargest(1000, "score").to_csv(folder / "alerts.csv", index=False)
    points = PCA(2).fit_transform(matrix)
    plt.figure()
    plt.scatter(points[::50, 0], points[::50, 1], c=frame["score"].to_numpy()[::50], s=3)
    plt.savefig(folder / "pca.png")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
