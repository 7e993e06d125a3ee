"""``Tiles``: what the references are called in messages between kernel and browser. No widget is known here."""

from __future__ import annotations

import collections
import itertools
import threading
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

MOST_SHOWN = 120
_LONGEST_NAME = 64


class Tiles:
    """A name for each reference that it keeps wherever it goes, safe on any thread. The same address may stand twice.

    >>> tiles = Tiles()
    >>> tiles.names(["https://a.example/1.png", "https://b.example/2.png"])
    ['r1', 'r2']
    >>> tiles.names(["https://b.example/2.png", "https://a.example/1.png", "https://a.example/1.png"])
    ['r2', 'r1', 'r3']
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counter = itertools.count(1)
        # (address, how many times it stands before) -> name, and from a name to its address.
        self._names: dict[tuple[str, int], str] = {}
        self._addresses: dict[str, str] = {}

    def names(self, addresses: Sequence[str]) -> list[str]:
        """The name of each."""
        before: collections.Counter[str] = collections.Counter()
        names = []
        with self._lock:
            for address in addresses:
                place = (address, before[address])
                before[address] += 1
                if place not in self._names:
                    self._give(place, f"r{next(self._counter)}")
                names.append(self._names[place])
        return names

    def name(self, address: str, name: object) -> None:
        """Call an address that has no name yet as the page does, which shows it already."""
        if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME:
            with self._lock:
                if name not in self._addresses and (address, 0) not in self._names:
                    self._give((address, 0), name)

    def place(self, addresses: Sequence[str], name: object) -> int | None:
        """Where the reference of this name stands, or None."""
        names: list[object] = [*self.names(addresses)]
        return names.index(name) if name in names else None

    def address(self, tile: object) -> str | None:
        """The address of {id, address} as a page has it: by its name, or, where that is not known yet, as it says."""
        if not isinstance(tile, Mapping):
            return None
        with self._lock:
            known = self._addresses.get(str(tile.get("id")))
        given = tile.get("address")
        return known or (given if isinstance(given, str) and given else None)

    def _give(self, place: tuple[str, int], name: str) -> None:
        self._names[place] = name
        self._addresses[name] = place[0]


def file_name(name: object) -> str:
    """A file's name as it may stand in a sentence and an address.

    >>> file_name("C:/pictures/fox.png"), file_name(None)
    ('fox.png', 'picture')
    """
    text = name.replace("\\", "/").rpartition("/")[2] if isinstance(name, str) else ""
    text = "".join(character for character in text if character.isprintable()).strip()
    return text[-MOST_SHOWN:] or "picture"


def host_and_name(address: str) -> tuple[str, str]:
    """What of an address a person reads: whose it is, and the file.

    >>> host_and_name("https://a.example/pictures/my%20fox.png?size=2")
    ('a.example', 'my fox.png')
    >>> host_and_name("file:///home/me/fox.png"), host_and_name("https://[")
    (('file:', 'fox.png'), ('', 'https://['))
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or (f"{parts.scheme}:" if parts.scheme else "")
    except ValueError:
        return "", address[:MOST_SHOWN]
    name = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return host[:MOST_SHOWN], name[:MOST_SHOWN] or host[:MOST_SHOWN]
