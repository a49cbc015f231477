"""What vectors are worth, by the same code whoever made them: human judgements, and agreement between seeds.

``python -m benchmarks.embed_quality FILE ...`` scores vectors in word2vec's form, and compares them if there are two.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.problems import data_folder
from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import stability

PAIRS = {"ws353": "ws353.txt", "simlex": "SimLex999.txt"}
ANALOGIES = "questions-words.txt"
POLITICS = [
    "democracy",
    "freedom",
    "equality",
    "justice",
    "immigration",
    "abortion",
    "welfare",
    "taxes",
    "republican",
    "democrat",
]
"""Rodriguez and Spirling's cues; those that the text holds are asked about, and 100 words drawn from all."""
N_RANDOM = 100


def measure(vectors: Path) -> dict[str, object]:
    """Score vectors: Spearman's correlations, shares of analogies answered among all words, and coverages."""
    space = Embeddings.from_word2vec(vectors)
    folder = data_folder() / "text" / "eval"
    row: dict[str, object] = {}
    for name, file in PAIRS.items():
        found = space.evaluate(folder / file)
        row |= {name: found.score, f"coverage_{name}": found.coverage}
    found = space.evaluate(folder / ANALOGIES, restrict=None)
    last = found.table().iloc[-1]
    return row | {
        "analogy_add": float(last["add"]),
        "analogy_mul": float(last["multiply"]),
        "coverage": found.coverage,
    }


def agree(vectors: Sequence[Path]) -> dict[str, object]:
    """Agreement of fits that differ by their seed, for the same cues whoever trained (the words are the same)."""
    spaces = [Embeddings.from_word2vec(path) for path in vectors]
    known = sorted(set(spaces[0].words).intersection(*(space.words for space in spaces[1:])) - {"</s>"})
    drawn = np.random.default_rng(1).choice(len(known), N_RANDOM, replace=False)
    row: dict[str, object] = {"fits": len(spaces), "words": len(known)}
    for group, cues in (("politics", [cue for cue in POLITICS if cue in known]), ("random", [known[i] for i in drawn])):
        found = stability(spaces, cues=cues, n_random=0, seed=1).overall().iloc[0]
        row |= {f"correlation_{group}": float(found["correlation"]), f"error_{group}": float(found["std_error"])}
        row |= {f"overlap_{group}": float(found["overlap"])}
    return row


def main(files: Sequence[Path]) -> None:
    """Print the scores of each file and how far all of them agree."""
    found = {path.name: measure(path) for path in files}
    if len(files) > 1:
        found["agreement"] = agree(files)
    for name, row in found.items():
        print(name, {key: round(float(str(value)), 4) for key, value in row.items()})


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
