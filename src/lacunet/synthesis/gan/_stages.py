"""A row in K stages: the masked network as a generator, with slopes through every draw.

Slots are cut into stages. All slots of a stage are drawn at once, given what was drawn before and noise; the noise is
what lets them depend on each other. A level is the largest of its log-probabilities plus Gumbel noise; forwards it is
a hard choice, backwards the slope is that of a softmax (straight through), so that the discriminator's answer reaches
the weights of every stage.
"""

import functools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._sample import EDGE, place_between
from lacunet.net._masked import SCALE_RANGE, Arrays, HostArrays, Net, enter, groups, interval_mass, start, think
from lacunet.net._skip import skip_facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Stages:
    """Static description of the generator (hashable).

    Attributes
    ----------
    net
        The masked network.
    slots
        Slots of each stage, in the order of drawing.
    gate
        For each slot the slot that says whether it has a value, or -1.
    n_valued
        For each slot how many of the first levels of its gate say so.
    noise
        Length of the noise of each stage.
    temperature
        Of the softmax whose slope stands for that of a hard choice.
    """

    net: Net
    slots: tuple[tuple[int, ...], ...]
    gate: tuple[int, ...]
    n_valued: tuple[int, ...]
    noise: int = 16
    temperature: float = 0.7


@dataclass(frozen=True, slots=True)
class Part:
    """Slots of one width in one stage: their positions, their level columns (count, width), and whether on a line."""

    slots: NDArray[np.int64]
    columns: NDArray[np.int64]
    ordered: bool


@functools.lru_cache(maxsize=64)
def parts_of(stages: Stages) -> tuple[tuple[Part, ...], ...]:
    """Parts of every stage."""
    out = []
    for chosen in stages.slots:
        found = []
        for at, here, width, _, ordered in groups(stages.net.shape):
            mine = np.array([slot for slot in chosen if at.start <= slot < at.stop], dtype=np.int64)
            if len(mine):
                columns = here.start + (mine[:, None] - at.start) * width + np.arange(width)
                found.append(Part(mine, columns, ordered))
        out.append(tuple(found))
    return tuple(out)


def start_stages(stages: Stages, book: HostArrays, *, rng: np.random.Generator) -> HostArrays:
    """Starting weights: those of the masked network, and noise that is not heard yet."""
    width = stages.net.hidden[0]
    noise = np.zeros((len(stages.slots), stages.noise, width), dtype=np.float32)
    return start(stages.net, book, rng=rng) | {"w_noise": noise}


def hot_levels(stages: Stages, level: jax.Array) -> jax.Array:
    """Levels as indicators, (b, columns)."""
    blocks = [
        (level[:, at, None] == jnp.arange(width)).reshape(len(level), -1)
        for at, _, width, _, _ in groups(stages.net.shape)
    ]
    return jnp.concatenate(blocks, axis=1).astype(jnp.float32)


def log_weights(book: Arrays, part: Part, score: jax.Array, mu: jax.Array, log_s: jax.Array) -> jax.Array:
    """Log of the weight of each level, (b, count, width)."""
    valid = book["valid"][part.columns]
    if part.ordered:
        low, high = book["low"][part.columns], book["high"][part.columns]
        inverse = jnp.exp(-log_s)[:, :, None]
        edge = jnp.concatenate([low, high[:, -1:]], axis=1)
        mass = interval_mass((edge - mu[:, :, None]) * inverse)
        score = score + jnp.log(jnp.maximum(mass, 1e-9))
    return jnp.where(valid, score, -1e9)


def _choose(
    stages: Stages, book: Arrays, part: Part, reading: tuple[jax.Array, jax.Array, jax.Array], key: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Indicators (b, count, width) and places (b, count) of one part."""
    k_level, k_place = jax.random.split(key)
    score, mu, log_s = reading
    logit = log_weights(book, part, score, mu, log_s) + jax.random.gumbel(k_level, score.shape)
    level = jnp.argmax(logit, axis=2)
    soft = jax.nn.softmax(logit / stages.temperature, axis=2)
    hard = jax.nn.one_hot(level, score.shape[2])
    hot = hard + soft - jax.lax.stop_gradient(soft)
    if not part.ordered:
        return hot, jnp.zeros(level.shape)
    own = {name: jnp.sum(hard * book[name][part.columns], axis=2) for name in ("low", "high", "wide", "place")}
    u = jax.random.uniform(k_place, level.shape, minval=EDGE, maxval=1 - EDGE)
    inside = place_between(mu, log_s, own["low"], own["high"], u)
    place = jax.lax.stop_gradient(jnp.where(own["wide"] > 0, inside, own["place"]) - own["place"])
    return hot, place + jnp.sum(hot * book["place"][part.columns], axis=2)


def draw_stages(
    stages: Stages, params: Arrays, book: Arrays, given: Arrays, *, key: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Draw rows.

    Parameters
    ----------
    given
        ``level``, ``z`` and ``there`` (b, p): what is visible is kept, and known to every stage.

    Returns
    -------
    tuple of arrays
        Indicators (b, columns), places (b, p) and which cells have a value (b, p), 0 or 1.
    """
    b, p = given["level"].shape
    there = given["there"].astype(jnp.float32)
    known = hot_levels(stages, given["level"])
    hot, place, has = jnp.zeros((b, stages.net.shape.n_columns)), jnp.zeros((b, p)), jnp.zeros((b, p))
    stream = enter(stages.net, params, book, given | {"apart": jnp.zeros((b, p))})
    for k, parts in enumerate(parts_of(stages)):
        k_noise, k_draw = jax.random.split(jax.random.fold_in(key, k))
        xi = jax.random.normal(k_noise, (b, stages.noise))
        thought = think(stages.net, params, stream + xi @ params["w_noise"][k], key=None)
        facts = _facts(stages, params, book, (hot, place, has), given)
        drawn = []
        for i, part in enumerate(parts):
            reading = _read_part(stages, params, part, thought, facts)
            mine, places = _choose(stages, book, part, reading, jax.random.fold_in(k_draw, i))
            kept = there[:, part.slots]
            columns = part.columns.ravel()
            mine = jnp.where(kept[:, :, None] > 0, known[:, columns].reshape(mine.shape), mine)
            places = jnp.where(kept > 0, given["z"][:, part.slots], places)
            hot = hot.at[:, columns].set(mine.reshape(b, -1))
            drawn.append((part, mine, places, kept))
        for part, mine, places, kept in drawn:
            opened = _opened(stages, part, hot)
            has = has.at[:, part.slots].set(opened)
            place = place.at[:, part.slots].set(places * opened)
            if k + 1 < len(stages.slots):
                stream = stream + _tell(stages, params, book, part, mine, places, opened * (1 - kept))
    return hot, place, has


def _opened(stages: Stages, part: Part, hot: jax.Array) -> jax.Array:
    """Whether the slots of a part have a value, (b, count), as their gates say."""
    gates = np.asarray(stages.gate)[part.slots]
    if (gates < 0).all():
        return jnp.ones((len(hot), len(gates)))
    first = _first_columns(stages)
    sums = [
        hot[:, first[g] : first[g] + stages.n_valued[s]].sum(axis=1) if g >= 0 else jnp.ones(len(hot))
        for s, g in zip(part.slots.tolist(), gates.tolist(), strict=True)
    ]
    return jnp.stack(sums, axis=1)


@functools.lru_cache(maxsize=64)
def _first_columns(stages: Stages) -> tuple[int, ...]:
    """First level column of every slot."""
    return tuple(here.start + k * width for at, here, width, count, _ in groups(stages.net.shape) for k in range(count))


def _facts(
    stages: Stages, params: Arrays, book: Arrays, drawn: tuple[jax.Array, jax.Array, jax.Array], given: Arrays
) -> jax.Array | None:
    """What the linear skip reads of rows half drawn; nothing without a skip."""
    if "w_skip" not in params:
        return None
    hot, place, has = drawn
    rows = {
        "level": jnp.where(given["there"], given["level"], levels_of(stages, hot)),
        "z": jnp.where(given["there"], given["z"], place),
        "there": (has > 0) | given["there"],
        "apart": jnp.zeros(has.shape),
    }
    return skip_facts(stages.net, params, book, rows)


def _read_part(
    stages: Stages, params: Arrays, part: Part, stream: jax.Array, facts: jax.Array | None
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Scores (b, count, width), centres and log scales (b, count)."""
    p, columns = stages.net.shape.n_slots, part.columns.ravel()
    score = stream @ params["w_score"][:, columns] + params["b_score"][columns]
    if facts is not None:
        score = score + facts @ params["w_skip"][:, columns] + params["b_skip"][columns]
    both = np.concatenate([part.slots, p + part.slots])
    line = stream @ params["w_line"][:, both] + params["b_line"][both]
    mu, log_s = line[:, : len(part.slots)], jnp.clip(line[:, len(part.slots) :], *SCALE_RANGE)
    return score.reshape(len(stream), *part.columns.shape), mu, log_s


def steps_of(hot: jax.Array, ordered: bool) -> jax.Array:
    """Indicators of a level as the network reads them: 'at least this level' with order."""
    return jnp.cumsum(hot[..., ::-1], axis=-1)[..., ::-1] if ordered else hot


def _tell(
    stages: Stages, params: Arrays, book: Arrays, part: Part, hot: jax.Array, places: jax.Array, seen: jax.Array
) -> jax.Array:
    """What drawn slots add to the first layer; nothing where they have no value or were visible from the start."""
    p, columns = stages.net.shape.n_slots, part.columns
    flat = (steps_of(hot, part.ordered) - book["centre"][columns]) * book["gain"][columns] * seen[:, :, None]
    rows = np.concatenate([part.slots, p + part.slots])
    facts = jnp.concatenate([places * seen, seen], axis=1)
    return flat.reshape(len(hot), -1) @ params["w_level"][columns.ravel()] + facts @ params["w_place"][rows]


def describe(stages: Stages, book: Arrays, hot: jax.Array, place: jax.Array, has: jax.Array) -> jax.Array:
    """Rows as the discriminator reads them, (b, columns + p): centred indicators and places, 0 without a value."""
    blocks = []
    for at, here, width, count, ordered in groups(stages.net.shape):
        steps = steps_of(hot[:, here].reshape(-1, count, width), ordered)
        centre, gain = (book[name][here].reshape(count, width) for name in ("centre", "gain"))
        blocks.append(((steps - centre) * gain * has[:, at, None]).reshape(len(hot), -1))
    return jnp.concatenate([*blocks, place * has], axis=1)


def describe_real(stages: Stages, book: Arrays, rows: Arrays) -> jax.Array:
    """Real rows as the discriminator reads them; ``level``, ``z``, ``seen``."""
    return describe(stages, book, hot_levels(stages, rows["level"]), rows["z"], rows["seen"].astype(jnp.float32))


def levels_of(stages: Stages, hot: jax.Array) -> jax.Array:
    """Indicators (b, columns) as levels (b, p)."""
    blocks = [
        jnp.argmax(hot[:, here].reshape(len(hot), count, width), axis=2)
        for _, here, width, count, _ in groups(stages.net.shape)
    ]
    return jnp.concatenate(blocks, axis=1).astype(jnp.int32)
