"""Huffman's tree over the words, for hierarchical softmax: frequent words have short ways."""

import heapq

import numpy as np
from numpy.typing import NDArray


def list_ways(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8]]:
    """Inner nodes from the root to each word, and the turns (0 or 1) taken there.

    Parameters
    ----------
    counts
        Occurrences (v,), at least two words.

    Returns
    -------
    tuple
        ``ways`` (v + 1,), ``nodes`` and ``codes``: word w has ``nodes[ways[w]:ways[w + 1]]``; the root is node v - 2.

    References
    ----------
    Huffman, D. A. 1952. A method for the construction of minimum-redundancy codes. Proceedings of the IRE 40(9).
    Morin, F., and Y. Bengio. 2005. Hierarchical probabilistic neural network language model. AISTATS.
    """
    v = len(counts)
    parent, turn = np.zeros(2 * v - 1, np.int64), np.zeros(2 * v - 1, np.int8)
    heap = [(int(count), word) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    for node in range(v, 2 * v - 1):
        (low, first), (high, second) = heapq.heappop(heap), heapq.heappop(heap)
        parent[first] = parent[second] = node
        turn[second] = 1
        heapq.heappush(heap, (low + high, node))
    nodes: list[int] = []
    codes: list[int] = []
    ways = np.zeros(v + 1, np.int64)
    for word in range(v):
        way, node = [], word
        while node != 2 * v - 2:
            way.append((int(parent[node]) - v, int(turn[node])))
            node = int(parent[node])
        nodes += [node for node, _ in reversed(way)]
        codes += [code for _, code in reversed(way)]
        ways[word + 1] = len(nodes)
    return ways, np.array(nodes, np.int32), np.array(codes, np.int8)
