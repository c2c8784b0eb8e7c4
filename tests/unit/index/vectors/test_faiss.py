from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faq_bot.index.passage_index import PassageIndex
from faq_bot.index.vectors.base import RowLabels, Subset
from faq_bot.index.vectors.faiss import MOST_EXACT, FaissIndex

matrices = arrays(
    np.float32,
    st.tuples(st.integers(1, 30), st.just(8)),
    elements=st.floats(-1, 1, width=16),
)


UNLABELLED = RowLabels((), ())


def subset(rows: np.ndarray) -> Subset:
    return Subset(rows, "de", None)


def save(index: FaissIndex, path: Path) -> FaissIndex:
    path.write_bytes(index.to_bytes())
    return FaissIndex.open(path)


@given(matrices, st.integers(1, 40), st.data())
def test_the_nearest_rows_are_those_of_brute_force(
    matrix: np.ndarray, count: int, data: st.DataObject
) -> None:
    query = data.draw(arrays(np.float32, 8, elements=st.floats(-1, 1, width=16)))
    among = np.array(sorted(data.draw(st.sets(st.integers(0, len(matrix) - 1)))), np.int64)
    index = FaissIndex.of(matrix)
    found = index.nearest(query, count, subset(among))
    assert len(found) == min(count, len(among))
    assert set(found) <= set(among)
    expected = np.sort(matrix[among] @ query)[::-1][: len(found)]
    np.testing.assert_allclose(matrix[found] @ query, expected, atol=1e-5)


@given(matrix=matrices)
def test_saving_and_opening_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, matrix: np.ndarray
) -> None:
    opened = save(FaissIndex.of(matrix), tmp_path_factory.mktemp("index") / "vectors")
    np.testing.assert_array_equal(opened.vectors(np.arange(len(matrix))), matrix)


@given(matrices, st.data())
def test_rows_can_be_kept_moved_and_added(matrix: np.ndarray, data: st.DataObject) -> None:
    source = np.array(
        data.draw(st.lists(st.integers(-1, len(matrix) - 1), min_size=1, max_size=40)), np.int64
    )
    fresh = np.full(((source < 0).sum(), 8), 0.5, np.float32)
    changed = FaissIndex.of(matrix).changed(source, fresh, UNLABELLED)
    expected = np.where(source[:, None] < 0, np.float32(0.5), matrix[source])
    np.testing.assert_array_equal(changed.vectors(np.arange(len(source))), expected)


@pytest.mark.parametrize("data", [b"", b"not an index", b"\0" * 400])
def test_what_is_no_index_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "vectors").write_bytes(data)
    with pytest.raises(ValueError, match="not a"):
        FaissIndex.open(tmp_path / "vectors")


# --- more vectors than are compared with one by one -----------------------------------------


@pytest.fixture(scope="module")
def many(index: PassageIndex) -> np.ndarray:
    """Distinct unit vectors between those of the seed article's text."""
    real = index.vectors.vectors(np.arange(len(index.vectors)))
    chance = np.random.default_rng(0)
    one, other = (real[chance.integers(0, len(real), MOST_EXACT + 5_000)] for _ in range(2))
    mixed = one + other * chance.uniform(0, 1, (len(one), 1))
    mixed += chance.normal(0, 0.01, one.shape)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    return np.asarray(mixed, np.float32)


@pytest.fixture(scope="module")
def clustered(many: np.ndarray) -> FaissIndex:
    return FaissIndex.of(many)


def likeness(some: np.ndarray, others: np.ndarray) -> float:
    """The lowest cosine of two rows in the same place; the codes are rounded."""
    norms = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return float(((some * others).sum(axis=1) / norms).min())


def recall(index: FaissIndex, vectors: np.ndarray, among: np.ndarray) -> float:
    """Share of the ten nearest rows that are found, for questions between the vectors."""
    chance = np.random.default_rng(1)
    mean, selection = vectors.mean(axis=0), subset(among)
    shares = []
    for _ in range(50):
        one, other = vectors[chance.integers(0, len(vectors), 2)]
        query = (one + 0.3 * other - mean).astype(np.float32)
        best = among[np.argsort(-(vectors[among] @ query))[:10]]
        shares.append(len(np.intersect1d(best, index.nearest(query, 10, selection))) / 10)
    return float(np.mean(shares))


def test_among_many_nearly_all_of_the_nearest_are_found(
    clustered: FaissIndex, many: np.ndarray
) -> None:
    assert len(clustered.to_bytes()) < 0.3 * many.nbytes
    assert recall(clustered, many, np.arange(len(many))) >= 0.98
    assert recall(clustered, many, np.arange(0, len(many) - 100)) >= 0.98


def test_an_article_among_many_is_searched_completely(
    clustered: FaissIndex, many: np.ndarray
) -> None:
    article = np.arange(17_000, 17_400)
    assert recall(clustered, many, article) >= 0.98
    every = clustered.nearest(many[0], 1000, subset(article))
    assert sorted(every) == article.tolist()


def test_many_can_be_mapped_from_a_file_and_changed(
    clustered: FaissIndex, many: np.ndarray, tmp_path: Path
) -> None:
    opened = save(clustered, tmp_path / "vectors")
    np.testing.assert_array_equal(
        opened.vectors(np.array([5, 7])), clustered.vectors(np.array([5, 7]))
    )
    # The first thousand go, the order changes, and a hundred are new.
    source = np.concatenate([np.full(100, -1), np.arange(1000, len(many))[::-1]])
    fresh = many[:100] + many[100:200]
    fresh /= np.linalg.norm(fresh, axis=1, keepdims=True)
    changed = opened.changed(source, fresh, UNLABELLED)
    assert len(changed) == len(source)
    expected = np.vstack([fresh, many[source[100:]]])
    assert likeness(changed.vectors(np.arange(len(source))), expected) > 0.999
    assert recall(changed, expected, np.arange(len(source))) >= 0.98
    assert changed.nearest(fresh[7], 1, subset(np.arange(len(source))))[0] == 7
    np.testing.assert_array_equal(
        opened.vectors(np.array([5, 7])), clustered.vectors(np.array([5, 7]))
    )


def test_few_that_remain_of_many_are_compared_one_by_one(
    clustered: FaissIndex, many: np.ndarray
) -> None:
    few = clustered.changed(np.arange(100), np.empty((0, many.shape[1]), np.float32), UNLABELLED)
    assert len(few.to_bytes()) > 100 * many.shape[1] * 4  # float32 again
    assert likeness(few.vectors(np.arange(100)), many[:100]) > 0.999
