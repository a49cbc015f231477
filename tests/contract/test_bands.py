"""Trajectories with bands: what is drawn is what was given."""

import numpy as np

from lacunet.report._bands import draw_bands


def test_bands_hold_what_they_are_given():
    x, y = [1990, 1991, 1993], np.array([0.1, np.nan, 0.3])
    figure = draw_bands({"war": (x, y, y - 0.1, y + 0.1), "$": (x, y, None, None)}, x_label="year", y_label="drift")
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
    np.testing.assert_array_equal(lines[0].get_ydata(), y)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["war", r"\$"]
    assert draw_bands({"war": (x, y, y, y)}, x_label="", y_label="").legends == []


def test_bands_by_name_and_by_chance():
    series = {word: (["old", "new"], [0.1, 0.2], [0.0, 0.1], [0.2, 0.3]) for word in "abcd"}
    null = dict.fromkeys(series, (["old", "new"], [-0.1, -0.1], [0.1, 0.1]))
    figure = draw_bands(series, x_label="era", y_label="drift", null=null, reference=0.0)
    assert len(figure.axes) == 4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["by chance alone"]
    one = draw_bands(series, x_label="era", y_label="drift", null=null["a"])
    assert [tick.get_text() for tick in one.axes[0].get_xticklabels()] == ["old", "new"]
