from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from standout.data.ranks import mean_ranks


@given(st.lists(st.sampled_from([-1.5, 0.0, 2.0, 3.0, 1e9]), max_size=30))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    assert mean_ranks(np.array(values)).tolist() == rankdata(values).tolist()
