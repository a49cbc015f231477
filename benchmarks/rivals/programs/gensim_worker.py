"""Gensim's skip-gram from a file, in a fresh process of its own environment.

``python gensim_worker.py folder``; ``task.json`` holds the corpus, dim, epochs, seed, threads and the settings that all
have in common. Left in the folder: ``vectors.bin`` (word2vec's binary form) and ``facts.json``; the vocabulary is
built before the clock starts.
"""

import json
import sys
import time
from pathlib import Path

import gensim
from gensim.models import Word2Vec


def main(folder: Path) -> None:
    """Train one task."""
    task = json.loads((folder / "task.json").read_text())
    model = Word2Vec(
        sg=1,
        vector_size=task["dim"],
        window=task["window"],
        negative=task["negative"],
        sample=task["sample"],
        min_count=task["min_count"],
        alpha=task["alpha"],
        workers=task["threads"],
        seed=task["seed"],
    )
    model.build_vocab(corpus_file=task["corpus"])
    started = time.perf_counter()
    model.train(
        corpus_file=task["corpus"],
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=task["epochs"],
    )
    seconds = time.perf_counter() - started
    model.wv.save_word2vec_format(str(folder / "vectors.bin"), binary=True)
    (folder / "facts.json").write_text(json.dumps({"seconds": seconds, "version": gensim.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
