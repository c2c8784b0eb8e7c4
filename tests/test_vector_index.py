import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faq_bot.vector_index import VectorIndex

matrices = arrays(
    np.float32,
    st.tuples(st.integers(1, 30), st.just(8)),
    elements=st.floats(-1, 1, width=16),
)


@given(matrices, st.integers(1, 40), st.data())
def test_the_nearest_rows_are_those_of_brute_force(matrix, count, data) -> None:
    query = data.draw(arrays(np.float32, 8, elements=st.floats(-1, 1, width=16)))
    among = np.array(sorted(data.draw(st.sets(st.integers(0, len(matrix) - 1)))), np.int64)
    found = VectorIndex.of(matrix).nearest(query, count, among)
    assert len(found) == min(count, len(among))
    assert set(found) <= set(among)
    expected = np.sort(matrix[among] @ query)[::-1][: len(found)]
    np.testing.assert_allclose(matrix[found] @ query, expected, atol=1e-5)


@given(matrices)
def test_saving_and_loading_changes_nothing(matrix) -> None:
    loaded = VectorIndex.from_bytes(VectorIndex.of(matrix).to_bytes())
    np.testing.assert_array_equal(loaded.vectors(np.arange(len(matrix))), matrix)


@pytest.mark.parametrize("data", [b"", b"not an index", b"\0" * 400])
def test_what_is_no_index_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a"):
        VectorIndex.from_bytes(data)
