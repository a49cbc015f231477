"""The generative adversarial network: two players, on tables and on arrays."""
