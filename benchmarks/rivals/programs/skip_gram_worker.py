"""ln.SkipGram in a fresh process, as gensim_worker.py is for gensim.

``python skip_gram_worker.py folder``. Reading the text is timed apart (``read_words_per_second``), as the others'
vocabulary pass is; ``seconds`` are those of the epochs, by the history of the fit.
"""

import json
import sys
import time
from pathlib import Path

import lacunet as ln


def main(folder: Path) -> None:
    """Train one task."""
    task = json.loads((folder / "task.json").read_text())
    started = time.perf_counter()
    corpus = ln.read_corpus(task["corpus"])
    read = time.perf_counter() - started
    spec = ln.SkipGram(
        dim=task["dim"],
        window=task["window"],
        negative=task["negative"],
        epochs=task["epochs"],
        min_count=task["min_count"],
        sample=task["sample"],
        learning_rate=task["alpha"],
    )
    started = time.perf_counter()
    fitted = spec.fit(corpus, threads=task["threads"], seed=task["seed"])
    whole = time.perf_counter() - started
    words = corpus.vocabulary(task["min_count"]).n_tokens
    fitted.save_word2vec(folder / "vectors.bin")
    facts = {
        "seconds": sum(words / epoch["words_per_second"] for epoch in fitted.history),
        "fit_seconds": whole,
        "read_words_per_second": corpus.n_tokens / read,
        "version": ln.__version__,
    }
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
