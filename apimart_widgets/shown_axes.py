"""``ShownAxes``: axes of Matplotlib that show themselves in a notebook.

The one module that imports Matplotlib as it is imported; ``plots`` imports it when something is drawn.
"""

from __future__ import annotations

import io
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

_SHARP = 2  # dots for each pixel of the notebook's page, so that text is crisp on dense screens


class ShownAxes(Axes):
    """``matplotlib.axes.Axes``, shown as the picture of their figure where they are a cell's last line.

    A figure made without pyplot shows itself nowhere, and one made with it stays in pyplot's list for good. The figure
    has a background of its own, which follows Matplotlib's style: ``plt.style.use("dark_background")`` makes it dark.

    >>> data, size = Figure(figsize=(2, 1)).add_subplot(axes_class=ShownAxes)._repr_png_()
    >>> data[:4], size
    (b'\\x89PNG', {'width': 200, 'height': 100})
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        figure = cast(Figure, self.figure)
        width, height = (round(side * figure.dpi) for side in figure.get_size_inches())
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=figure.dpi * _SHARP)
        return file.getvalue(), {"width": width, "height": height}
