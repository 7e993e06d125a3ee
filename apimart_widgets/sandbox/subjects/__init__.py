"""Everything the painter can draw by name, with how it stands in a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apimart_widgets.sandbox.colour import Colour
from apimart_widgets.sandbox.figure import Figure

from . import animals, buildings, creatures, people, plants, things, vehicles

Draw = Callable[[Figure, Colour | None], None]


@dataclass(frozen=True)
class Subject:
    """How one subject stands in a scene.

    `stance` is where it belongs: ``ground``, ``far`` (a building, set back on its hill), ``water``, ``deep`` (under
    water), ``air``, ``perch`` or ``table``. `size` is the height of its box as a share of the picture's shorter side;
    `homes` are the places it is shown in when the prompt names none; `bright` things shine by themselves.
    """

    draw: Draw
    stance: str
    size: float
    homes: tuple[str, ...]
    lying: Draw | None = None
    bright: bool = False


_WILD = ("mountains", "forest", "meadow", "lake")
_GREEN = ("meadow", "forest", "mountains")
_HILLS = ("meadow", "mountains", "lake")

SUBJECTS: dict[str, Subject] = {
    "fox": Subject(animals.FOX.sitting, "ground", 0.52, _WILD, animals.FOX.lying),
    "wolf": Subject(animals.WOLF.sitting, "ground", 0.54, ("mountains", "forest"), animals.WOLF.lying),
    "cat": Subject(animals.CAT.sitting, "ground", 0.5, ("room", "room", "meadow"), animals.CAT.lying),
    "dog": Subject(animals.DOG.sitting, "ground", 0.52, ("meadow", "coast"), animals.DOG.lying),
    "rabbit": Subject(animals.RABBIT.sitting, "ground", 0.46, _GREEN, animals.RABBIT.lying),
    "tiger": Subject(animals.TIGER.sitting, "ground", 0.56, ("forest", "meadow"), animals.TIGER.lying),
    "bear": Subject(animals.bear, "ground", 0.58, ("forest", "mountains", "lake")),
    "panda": Subject(animals.panda, "ground", 0.56, ("forest", "mountains")),
    "owl": Subject(creatures.owl, "perch", 0.52, ("forest", "mountains")),
    "bird": Subject(creatures.bird, "perch", 0.46, ("forest", "meadow", "lake")),
    "penguin": Subject(creatures.penguin, "ground", 0.52, ("mountains", "coast")),
    "fish": Subject(creatures.fish, "deep", 0.46, ("undersea",)),
    "whale": Subject(creatures.whale, "deep", 0.62, ("undersea",)),
    "butterfly": Subject(creatures.butterfly, "air", 0.44, ("meadow", "forest")),
    "turtle": Subject(creatures.turtle, "ground", 0.4, ("coast", "meadow")),
    "horse": Subject(creatures.horse, "ground", 0.56, ("meadow", "mountains", "desert")),
    "deer": Subject(creatures.deer, "ground", 0.54, ("forest", "mountains", "lake")),
    "elephant": Subject(creatures.elephant, "ground", 0.58, ("meadow", "desert")),
    "robot": Subject(people.robot, "ground", 0.58, ("city", "space", "meadow"), bright=True),
    "astronaut": Subject(people.astronaut, "ground", 0.56, ("space",)),
    "person": Subject(people.person, "ground", 0.52, ("mountains", "city", "meadow", "coast")),
    "house": Subject(buildings.house, "far", 0.42, _HILLS),
    "castle": Subject(buildings.castle, "far", 0.62, ("mountains", "lake", "meadow")),
    "lighthouse": Subject(buildings.lighthouse, "far", 0.66, ("coast",), bright=True),
    "windmill": Subject(buildings.windmill, "far", 0.56, ("meadow",)),
    "pagoda": Subject(buildings.pagoda, "far", 0.6, ("mountains", "lake", "forest")),
    "bridge": Subject(buildings.bridge, "water", 0.56, ("lake",)),
    "tent": Subject(buildings.tent, "ground", 0.36, ("mountains", "forest", "lake"), bright=True),
    "sailboat": Subject(vehicles.sailboat, "water", 0.46, ("sea", "lake")),
    "ship": Subject(vehicles.ship, "water", 0.56, ("sea",)),
    "car": Subject(vehicles.car, "ground", 0.5, ("desert", "city", "coast", "mountains")),
    "train": Subject(vehicles.train, "ground", 0.5, ("meadow", "mountains")),
    "bicycle": Subject(vehicles.bicycle, "ground", 0.46, ("meadow", "coast", "city")),
    "rocket": Subject(vehicles.rocket, "air", 0.56, ("space",), bright=True),
    "plane": Subject(vehicles.plane, "air", 0.46, ("mountains", "coast", "meadow")),
    "balloon": Subject(vehicles.balloon, "air", 0.5, ("meadow", "mountains", "desert"), bright=True),
    "tree": Subject(plants.tree, "ground", 0.66, ("meadow", "lake")),
    "flower": Subject(plants.flower, "ground", 0.56, ("meadow",)),
    "sunflower": Subject(plants.sunflower, "ground", 0.6, ("meadow",)),
    "mushroom": Subject(plants.mushroom, "ground", 0.5, ("forest",)),
    "cactus": Subject(plants.cactus, "ground", 0.56, ("desert",)),
    "bottle": Subject(things.bottle, "table", 0.56, ("table",)),
    "cup": Subject(things.cup, "table", 0.3, ("table",)),
    "hat": Subject(things.hat, "table", 0.32, ("table",)),
    "apple": Subject(things.apple, "table", 0.26, ("table",)),
    "pear": Subject(things.pear, "table", 0.29, ("table",)),
    "citrus": Subject(things.citrus, "table", 0.26, ("table",)),
    "lemon": Subject(things.lemon, "table", 0.24, ("table",)),
    "book": Subject(things.book, "table", 0.42, ("table",)),
    "guitar": Subject(things.guitar, "table", 0.62, ("table",)),
    "lantern": Subject(things.lantern, "table", 0.46, ("table",), bright=True),
    "vase": Subject(things.vase, "table", 0.54, ("table",)),
    "umbrella": Subject(things.umbrella, "ground", 0.5, ("city", "coast")),
    "heart": Subject(plants.heart, "air", 0.44, ("abstract",)),
    "star": Subject(plants.star, "air", 0.44, ("abstract",)),
}
