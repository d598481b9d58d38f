"""Detectors within scikit-learn: a pipeline, and a search over parameters that a few labels judge.

    python sklearn_pipeline.py

The labels choose parameters and never reach the detector. Where there are none, `standout compare` weighs detectors without them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler

from standout.data.examples import make
from standout.deploy.sklearn import IsolationForest


def strangest_are_right(pipeline: Pipeline, X: pd.DataFrame, y: Any) -> float:
    # scikit-learn's sign: lower is stranger
    return float(average_precision_score(y, -pipeline.score_samples(X)))


def search(rows: int = 2_000) -> tuple[dict[str, Any], float]:
    payments = make("payments", rows).to_pandas()
    fraud = payments.pop("fraud") != "normal"
    payments = payments.drop(columns=["payment_id", "time", "customer"])
    prepared = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")),
        (make_pipeline(SimpleImputer(strategy="median"), RobustScaler()), make_column_selector(dtype_include="number")),
    )
    pipeline = Pipeline([("prepare", prepared), ("find", IsolationForest(random_state=0))])
    grid = {"find__trees": [50, 100], "find__rows_per_tree": [64, 256]}
    found = GridSearchCV(pipeline, grid, scoring=strangest_are_right, cv=StratifiedKFold(3, shuffle=True, random_state=0))
    found.fit(payments, fraud)
    return found.best_params_, float(found.best_score_)


if __name__ == "__main__":
    best, precision = search()
    print(f"{best}: average precision {precision:.3f} on folds that were not learned from")
