"""Whether a notebook is there to show things in."""

from __future__ import annotations

import sys


def in_kernel() -> bool:
    """Whether this code runs in a Jupyter kernel, so that what is displayed reaches a page.

    >>> in_kernel()
    False
    """
    if "IPython" not in sys.modules:
        # Where it was never imported it runs no cells, and importing it would cost a script a tenth of a second.
        return False
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def leave_to_repr() -> None:
    """End an ``_ipython_display_`` where there is no kernel: what a terminal shows is the repr.

    Raises:
        NotImplementedError: IPython falls back on the other displays then.
    """
    if not in_kernel():
        raise NotImplementedError
