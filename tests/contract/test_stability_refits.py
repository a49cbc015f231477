"""``stability_of``: one seed decides every fit, resamples are of documents or of whole clusters."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import stability_of
from lacunet.embedding.stability._refits import draw_documents, list_clusters
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.errors import ColumnError, DataError, SpecError

WORDS = [f"w{chr(97 + i)}" for i in range(20)]
N_DOCUMENTS = 40
ROUNDED = 1e-6
"""Vectors are kept in float32."""


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(WORDS, 30)) for _ in range(N_DOCUMENTS)]
    speakers = np.repeat(["ada", "bob", "cyd", "dee", None], 8)
    return pd.DataFrame({"text": texts, "speaker": speakers, "year": range(N_DOCUMENTS)})


@pytest.fixture(scope="module")
def corpus(frame):
    return read_corpus(frame, text="text")


@dataclass
class Projection:
    """Stands where a skip-gram stands: neighbours of a word, counted and projected at random."""

    asked: list = field(default_factory=list)

    def fit(self, corpus, *, seed, threads=None):
        self.asked.append((corpus, seed, threads))
        vocabulary = corpus.vocabulary(min_count=1)
        v = len(vocabulary.words)
        counts = np.zeros((v, v))
        for piece in corpus.pieces(vocabulary):
            left, right = piece[:-1], piece[1:]
            inside = (left >= 0) & (right >= 0)
            np.add.at(counts, (left[inside], right[inside]), 1)
        noise = np.random.default_rng(seed).normal(size=(v, 12))
        fitted = Embeddings(vocabulary.words, counts @ noise, vocabulary.counts)
        return fitted


def test_one_seed_decides_every_fit(corpus):
    one, again = Projection(), Projection()
    first = stability_of(one, corpus, seeds=3, n_random=5, seed=4, threads=2)
    second = stability_of(again, corpus, seeds=4, n_random=5, seed=4)
    seeds = [seed for _, seed, _ in one.asked]
    assert len(set(seeds)) == 3
    assert [seed for _, seed, _ in again.asked][:3] == seeds
    assert all(given is corpus and threads == 2 for given, _, threads in one.asked)
    assert first.cues == second.cues
    for mine, theirs in zip(first.embeddings, second.embeddings, strict=False):
        np.testing.assert_array_equal(mine.vectors, theirs.vectors)
    assert first.over == "seeds"
    assert stability_of(Projection(), corpus, seeds=2, n_random=5, seed=5).cues != first.cues


def test_resamples_are_recounted_documents(corpus):
    spec = Projection()
    found = stability_of(spec, corpus, seeds=3, resample="documents", cues=["wa"], n_random=2, seed=4)
    assert found.over == "documents"
    assert "3 fits to resampled documents" in str(found)
    *asked, last = spec.asked
    for i, (part, _, _) in enumerate(asked):
        drawn = draw_documents(list_clusters(corpus, "documents"), 4, i)
        assert part.n_documents == N_DOCUMENTS
        assert part.digest == corpus.recount(drawn).digest
        assert len(set(drawn.tolist())) < N_DOCUMENTS
        assert (np.diff(drawn) >= 0).all()
    assert len({part.digest for part, _, _ in asked}) == 3
    assert last[0] is corpus


def test_similarities_are_those_of_the_fit_to_all_documents(corpus):
    told, spec = [], Projection()
    tell = lambda *step: told.append(step)  # noqa: E731
    found = stability_of(spec, corpus, seeds=3, resample="documents", n_random=2, seed=4, progress=tell)
    assert told == [("fits", done, 4) for done in range(5)]
    assert len(found.embeddings) == 3
    again = Projection().fit(corpus, seed=spec.asked[-1][1])
    np.testing.assert_array_equal(found.whole.vectors, again.vectors)
    one, other = "wa", "wb"
    row = found.average_similarity(one, other).iloc[0]
    assert row["similarity"] == pytest.approx(again.similarity(one, other), abs=ROUNDED)
    assert row["conf_high"] - row["similarity"] == pytest.approx(row["similarity"] - row["conf_low"])
    assert found.nearest("wa", 3)["word"].tolist() == again.nearest("wa", n=3)["word"].tolist()
    more = Projection()
    stability_of(more, corpus, seeds=4, resample="documents", n_random=2, seed=4)
    assert more.asked[-1][1] == spec.asked[-1][1]
    assert stability_of(Projection(), corpus, seeds=2, n_random=2, seed=4).whole is None


def test_clusters_are_drawn_whole(corpus):
    clusters = list_clusters(corpus, "speaker")
    alone = [[document] for document in range(32, N_DOCUMENTS)]
    assert [own.tolist() for own in clusters] == [*(list(range(k, k + 8)) for k in range(0, 32, 8)), *alone]
    for i in range(5):
        times = np.bincount(draw_documents(clusters, 1, i), minlength=N_DOCUMENTS)
        assert all(len(set(own)) == 1 for own in times[:32].reshape(4, 8).tolist())
        assert times[::8][:4].sum() + times[32:].sum() == len(clusters)
    spec = Projection()
    stability_of(spec, corpus, seeds=2, resample="speaker", n_random=2, seed=1)
    speakers = [part.variables["speaker"].value_counts() for part, _, _ in spec.asked]
    assert all((own % 8 == 0).all() for own in speakers)


def test_text_is_read_once_and_progress_is_told(frame):
    told = []
    spec = Projection()
    found = stability_of(
        spec,
        frame,
        text="text",
        tokens=Tokens(stop_words=["wa"]),
        seeds=2,
        n_random=2,
        seed=1,
        progress=lambda *step: told.append(step),
    )
    assert spec.asked[0][0] is spec.asked[1][0]
    assert "wa" not in found
    assert told == [("fits", 0, 2), ("fits", 1, 2), ("fits", 2, 2)]


def test_a_drawn_seed_is_recorded(corpus):
    first = stability_of(Projection(), corpus, seeds=2, n_random=3)
    again = stability_of(Projection(), corpus, seeds=2, n_random=3, seed=first.seed)
    pd.testing.assert_frame_equal(again.table(), first.table())


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"seeds": 1}, SpecError, "seeds=1.*at least 2"),
        ({"seed": -1}, SpecError, "seed=-1"),
        ({"resample": "speakers"}, ColumnError, "resample='speakers'.*Did you mean 'speaker'"),
        ({"resample": "document"}, ColumnError, "Did you mean 'documents'"),
    ],
)
def test_what_is_refused(corpus, options, error, says):
    with pytest.raises(error, match=f"(?s){says}"):
        stability_of(Projection(), corpus, **options)


def test_what_cannot_fit_is_refused(corpus):
    with pytest.raises(SpecError, match=r"spec is a str.*SkipGram"):
        stability_of("skip-gram", corpus)


def test_one_document_cannot_be_drawn_from():
    corpus = read_corpus(["one text of a few words only"])
    with pytest.raises(DataError, match=r"one unit to draw from.*documents='line'"):
        stability_of(Projection(), corpus, resample="documents")
    with pytest.raises(ColumnError, match="no document variables"):
        stability_of(Projection(), corpus, resample="speaker")
