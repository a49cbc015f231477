"""Saved vectors are mapped into memory, not read."""

import numpy as np

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._load import restore
from lacunet.keep import read_parts


def saved(tmp_path, v=3000, d=64):
    vectors = np.random.default_rng(0).normal(size=(v, d))
    space = Embeddings([f"w{i}" for i in range(v)], vectors, np.arange(v)[::-1])
    return space, space.save(tmp_path / "space.lacunet")


def test_vectors_are_mapped_and_aligned(tmp_path):
    space, path = saved(tmp_path)
    found = read_parts(path).arrays["vectors"]["vectors"]
    assert isinstance(found, np.memmap)
    assert found.flags.aligned
    assert found.offset % 64 == 0
    assert not found.flags.writeable
    back = restore(read_parts(path))
    np.testing.assert_array_equal(back.vectors, space.vectors)
    assert back.nearest("w7").equals(space.nearest("w7"))


def test_what_is_mapped_is_safetensors_as_others_read_it(tmp_path):
    import zipfile

    from safetensors.numpy import load

    space, path = saved(tmp_path)
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        np.testing.assert_array_equal(load(file.read("vectors.safetensors"))["vectors"], space.vectors)


def test_a_file_replaced_while_it_is_mapped_keeps_the_old_numbers(tmp_path):
    space, path = saved(tmp_path)
    back = restore(read_parts(path))
    Embeddings(space.words, -space.vectors).save(path, force=True)
    np.testing.assert_array_equal(back.vectors, space.vectors)
    np.testing.assert_array_equal(restore(read_parts(path)).vectors, -space.vectors)
