"""The game on a table: rows drawn in stages against a discriminator that reads every slot of a row."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lacunet.net._adversary import Adversary
from lacunet.net._drawing import Drawing
from lacunet.net._players import Player, answer, think_of
from lacunet.synthesis.gan._stages import Stages, describe, describe_real, draw_stages


@dataclass(frozen=True, kw_only=True, slots=True)
class TableGame:
    """Contest of `lacunet.train._duel` on slots.

    Attributes
    ----------
    stages, judging, adversary
        The generator, the discriminator, their losses.
    pairs
        Weight of the squared error of all pairwise moments of generated rows against those of the real rows.
    matching
        Weight of the squared distance of mean inner features.
    likelihood
        Weight of the likelihood of real rows, stage by stage.
    keeping
        Share of rows of which a random part is kept visible.
    """

    stages: Stages
    judging: Player
    adversary: Adversary
    pairs: float = 1.0
    matching: float = 0.0
    likelihood: float = 0.0
    keeping: float = 0.0

    def real(self, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Rows as the discriminator reads them."""
        return describe_real(self.stages, data["book"], {name: data[name][rows] for name in ("level", "z", "seen")})

    def fake(self, generator: Any, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Rows drawn in stages; of some, a part is that of a real row."""
        k_keep, k_draw = jax.random.split(key)
        given = {name: data[name][rows] for name in ("level", "z")}
        if self.keeping > 0:
            u = jax.random.uniform(k_keep, (len(rows), 2 + data["seen"].shape[1]))
            given["there"] = (u[:, 2:] < u[:, :1]) & (u[:, 1:2] < self.keeping) & data["seen"][rows]
        else:
            given["there"] = jnp.zeros(given["level"].shape, dtype=bool)
        return describe(
            self.stages, data["book"], *draw_stages(self.stages, generator, data["book"], given, key=k_draw)
        )

    def judge(self, discriminator: Any, data: Any, rows: jax.Array) -> jax.Array:
        """Score of each row."""
        return answer(self.judging, discriminator, rows)[:, 0]

    def beside(self, discriminator: Any, data: Any, real: jax.Array, fake: jax.Array) -> jax.Array:
        """Errors of pairwise moments and of mean inner features."""
        cost = jnp.zeros(())
        if self.pairs > 0:
            # Two halves, so that the variance of a batch is not mistaken for an error.
            half = len(fake) // 2
            halves = [fake[at : at + half][:, data["compared"]] for at in (0, half)]
            gaps = [x.T @ x / half - data["moments"] for x in halves]
            means = [x.mean(axis=0) - data["means"] for x in halves]
            slots = data["n_slots"]
            cost += self.pairs * (jnp.sum(gaps[0] * gaps[1]) / slots + jnp.sum(means[0] * means[1])) / slots
        if self.matching > 0:
            inner = [think_of(self.judging, discriminator, x).mean(axis=0) for x in (real, fake)]
            cost += self.matching * jnp.mean((inner[0] - inner[1]) ** 2)
        return cost

    def anchor(self, generator: Any, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Minus log-likelihood of what is hidden of real rows: from a stage on, or any part."""
        if self.likelihood == 0:
            return jnp.zeros(())
        loss = Drawing(net=self.stages.net).loss(generator, data, rows, key=key)
        return self.likelihood * loss
