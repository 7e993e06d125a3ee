"""Rooms: a window with the world outside it, and a table with things on it."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageChops

from apimart_widgets.sandbox.colour import BLACK, CREAM, WHITE, Colour, mix, rgb, shifted, under
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    clouding,
    column,
    ellipse,
    fade,
    fill,
    glow,
    levels,
    profile,
    smooth,
    soften,
)
from apimart_widgets.sandbox.stage import Stage

_WALLS = (rgb("d8c6b0"), rgb("a9b8ad"), rgb("c9a98f"), rgb("8fa3b0"), rgb("b79c9c"))
_WOODS = (rgb("9a6a42"), rgb("7d5236"), rgb("b98c5c"))
_BACKDROPS = (rgb("4a5a52"), rgb("6b4f46"), rgb("39485c"), rgb("8a7a63"), rgb("5c4a5e"))
_CLOTHS = (rgb("e6dccb"), rgb("c9b08a"), rgb("9fb0a8"), rgb("d8b7a8"))


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def wood(stage: Stage, top: float, colour: Colour, part: str) -> None:
    """A wooden surface from `top` to the lower edge, with its grain."""
    rng = stage.dice(part)
    where = area(stage.image.size, _box(0, top, stage.width, stage.height + 2))
    light = mix(colour, stage.palette.light.key, 0.28)
    fill(
        stage.image,
        where,
        column(where.mask.size, [light, colour, mix(colour, BLACK, 0.28)]) if stage.detail else colour,
    )
    if stage.detail:
        size = (max(2, where.mask.width // 2), max(2, where.mask.height // 2))
        grain = clouding(rng, size, (1.4, 26 if stage.detail == 2 else 12), 3).resize(
            where.mask.size, Image.Resampling.BICUBIC
        )
        fill(stage.image, Area(levels(grain, 0.45, 0.8, 0.5), where.at), mix(colour, BLACK, 0.5))
        fill(stage.image, Area(levels(ImageChops.invert(grain), 0.55, 0.85, 0.3), where.at), mix(colour, WHITE, 0.35))


def window(stage: Stage, view: Callable[[tuple[int, int]], Image.Image]) -> float:
    """A wall with a window, what `view` paints outside, curtains, and the sill; returns the sill's y, where things
    stand."""
    rng = stage.dice("window")
    w, h = stage.width, stage.height
    wall = under(
        rng.choice(_WALLS), mix(stage.palette.light.ambient, WHITE, 0.35 if stage.palette.light.dark else 0.75)
    )
    wall = mix(wall, rgb("3a2f38"), 0.35 if stage.palette.light.dark else 0.08)
    fill(
        stage.image,
        area(stage.image.size, _box(0, 0, w, h)),
        column((w, h), [mix(wall, BLACK, 0.2), wall, mix(wall, BLACK, 0.12)]) if stage.detail else wall,
    )
    side = max(w * 0.1, w / 2 - h * 0.62) + rng.uniform(-0.02, 0.02) * w
    left, right, top, sill = side, w - side, h * 0.075, h * 0.74
    frame = mix(rgb("f2ead9"), wall, 0.25)
    bar = stage.span * 0.022
    outside = view((round(right - left), round(sill - top)))
    stage.image.paste(outside, (round(left), round(top)))
    mullions = [
        _box(left - bar, top - bar, left + bar * 0.4, sill),
        _box(right - bar * 0.4, top - bar, right + bar, sill),
        _box(left - bar, top - bar, right + bar, top + bar * 0.4),
        _box((left + right) / 2 - bar * 0.35, top, (left + right) / 2 + bar * 0.35, sill),
        _box(left, top + (sill - top) * 0.36, right, top + (sill - top) * 0.36 + bar * 0.6),
    ]
    if stage.detail:
        shaded = [[(x + bar * 0.3, y + bar * 0.3) for x, y in outline] for outline in mullions]
        fill(stage.image, area(stage.image.size, *shaded), mix(BLACK, wall, 0.3), 0.35)
    fill(stage.image, area(stage.image.size, *mullions), frame)
    if stage.detail:
        _panes(stage, left, top, right, sill)
    _curtains(stage, left, right, top, sill)
    wood(stage, sill, mix(rng.choice(_WOODS), wall, 0.25), "sill")
    edge = area(stage.image.size, _box(0, sill - bar * 0.1, w, sill + bar * 0.7))
    fill(stage.image, edge, mix(frame, WHITE, 0.2), 0.55)
    _pool(stage, left, right, sill)
    return sill


def _panes(stage: Stage, left: float, top: float, right: float, sill: float) -> None:
    """Slanting reflections in the glass."""
    glass = area(stage.image.size, _box(left, top, right, sill))
    for start, wide in ((0.12, 0.09), (0.25, 0.03), (0.66, 0.07)):
        x = left + (right - left) * start
        broad = (right - left) * wide
        fall = (sill - top) * 0.45
        fill(
            stage.image,
            area(
                stage.image.size,
                [(x + fall, top), (x + fall + broad, top), (x + broad - fall * 0.4, sill), (x - fall * 0.4, sill)],
            ).within(glass),
            WHITE,
            0.1,
        )


def _curtains(stage: Stage, left: float, right: float, top: float, sill: float) -> None:
    rng = stage.dice("curtains")
    cloth = mix(mix(stage.palette.accent, CREAM, 0.5), stage.palette.light.ambient, 0.3)
    if stage.palette.light.dark:
        cloth = mix(under(cloth, stage.palette.light.ambient), cloth, 0.35)
    wide = stage.width * 0.13
    rail = area(
        stage.image.size, _box(left - wide * 0.8, top * 0.42, right + wide * 0.8, top * 0.42 + stage.span * 0.012)
    )
    fill(stage.image, rail, mix(rgb("6b4a35"), BLACK, 0.2))
    for inner, outer in ((left + wide * 0.35, left - wide * 0.75), (right - wide * 0.35, right + wide * 0.75)):
        tie = top + (sill - top) * 0.72
        waist = outer + (inner - outer) * 0.52
        body = area(
            stage.image.size,
            smooth(
                [
                    (outer, top * 0.5),
                    (inner, top * 0.5),
                    (inner - (inner - outer) * 0.05, (top + tie) / 2),
                    (waist, tie),
                    (inner - (inner - outer) * 0.2, sill + 4),
                    (outer, sill + 4),
                    (outer, tie),
                ],
                steps=6,
            ),
        )
        fill(stage.image, body, column(body.mask.size, [mix(cloth, BLACK, 0.12), cloth]) if stage.detail else cloth)
        if stage.detail:
            folds: list[list[Point]] = []
            for k in range(7):
                t = (k + rng.uniform(0.2, 0.8)) / 7
                x0, x1 = outer + (inner - outer) * t, outer + (waist - outer) * t
                folds.append(
                    smooth(
                        [
                            (x0, top * 0.5),
                            (x0 + wide * 0.03, top * 0.5),
                            (x1 + wide * 0.035, tie),
                            (x0 + wide * 0.02, sill),
                            (x0 - wide * 0.02, sill),
                            (x1, tie),
                        ],
                        steps=5,
                    )
                )
            fill(stage.image, area(stage.image.size, *folds).within(body), mix(cloth, BLACK, 0.5), 0.3)


def _pool(stage: Stage, left: float, right: float, sill: float) -> None:
    """Light that falls through the window onto the sill."""
    if stage.detail == 0:
        return
    lean = (stage.width / 2 - stage.sun[0]) * 0.35
    mid = (left + right) / 2
    panes: list[list[Point]] = [
        [(left, sill), (mid - 8, sill), (mid - 8 + lean, stage.height), (left + lean * 1.4, stage.height)],
        [(mid + 8, sill), (right, sill), (right + lean * 1.4, stage.height), (mid + 8 + lean, stage.height)],
    ]
    where = area(stage.image.size, *panes)
    fill(
        stage.image,
        Area(soften(where.mask, stage.span * 0.012), where.at),
        stage.palette.light.key,
        0.32 if not stage.palette.light.dark else 0.16,
    )


def table(stage: Stage) -> float:
    """A backdrop with a pool of light and a laid table; returns the y of the table's far edge."""
    rng = stage.dice("table")
    w, h = stage.width, stage.height
    dusky = stage.palette.light.dark or stage.palette.hour == "dusk"
    back = mix(rng.choice(_BACKDROPS), stage.palette.light.sky[-1], 0.1 if dusky else 0.35)
    edge = h * rng.uniform(0.6, 0.66)
    scale = 4
    small = column(
        (w // scale + 1, h // scale + 1), [mix(back, BLACK, 0.45), mix(back, BLACK, 0.12), mix(back, WHITE, 0.08), back]
    )
    if stage.detail:
        wash = levels(clouding(rng, small.size, (3, 3), 4), 0.25, 0.85, 0.3)
        fill(small, Area(wash, (0, 0)), mix(shifted(back, hue=0.04), WHITE, 0.35))
        glow(
            small,
            (small.width * (0.3 if stage.sun[0] < w / 2 else 0.7), small.height * 0.3),
            max(small.size) * 0.55,
            mix(back, stage.palette.light.key, 0.75),
            0.6,
        )
    stage.image.paste(small.resize((w, h), Image.Resampling.BICUBIC, box=(0, 0, w / scale, h / scale)), (0, 0))
    wood(stage, edge, mix(rng.choice(_WOODS), back, 0.15), "board")
    if rng.random() < 0.7:
        _cloth(stage, edge)
    line = area(stage.image.size, _box(0, edge - 1, w, edge + stage.span * 0.004))
    fill(stage.image, line, mix(back, BLACK, 0.6), 0.5)
    return edge


def _cloth(stage: Stage, edge: float) -> None:
    """A cloth over part of the table, hanging over the near edge in folds."""
    rng = stage.dice("cloth")
    w, h = stage.width, stage.height
    colour = mix(rng.choice(_CLOTHS), stage.palette.accent, 0.14)
    left, right = w * rng.uniform(-0.08, 0.14), w * rng.uniform(0.84, 1.06)
    top = edge + (h - edge) * 0.1
    bumps = profile(rng, 17, 0.5, 4)
    hem = [(right - (right - left) * k / 16, h * 0.965 + bumps[k] * h * 0.03) for k in range(17)]
    body = area(stage.image.size, smooth([(left + w * 0.05, top), (right - w * 0.05, top), *hem], steps=4))
    fill(stage.image, Area(fade(soften(body.mask, stage.span * 0.01), 0.4), (body.at[0], body.at[1] + 4)), BLACK)
    lit = mix(colour, stage.palette.light.key, 0.4)
    fill(stage.image, body, column(body.mask.size, [lit, colour, mix(colour, BLACK, 0.25)]) if stage.detail else colour)
    if stage.detail == 0:
        return
    folds: list[list[Point]] = []
    for _ in range(5 + 4 * stage.detail):
        x = rng.uniform(left, right)
        y = top + (h - top) * rng.uniform(0.15, 0.7)
        reach, lean = (h - edge) * rng.uniform(0.3, 0.7), rng.uniform(-0.5, 0.5)
        wide = stage.span * rng.uniform(0.006, 0.014)
        folds.append(
            smooth(
                [
                    (x, y),
                    (x + lean * reach * 0.5 + wide, y + reach * 0.5),
                    (x + lean * reach, y + reach),
                    (x + lean * reach * 0.5 - wide, y + reach * 0.5),
                ],
                steps=5,
            )
        )
    where = area(stage.image.size, *folds).within(body)
    fill(stage.image, Area(soften(where.mask, stage.span * 0.004), where.at), mix(colour, BLACK, 0.45), 0.35)
    weave = [_box(left, y, right, y + stage.span * 0.004) for y in (top + (h - top) * 0.16, top + (h - top) * 0.2)]
    fill(stage.image, area(stage.image.size, *weave).within(body), stage.palette.accent, 0.5)


def contact(stage: Stage, foot: Point, width: float) -> None:
    """The dark line of shade right under something that stands on a table."""
    spot = area(stage.image.size, ellipse(foot, width * 0.5, width * 0.075))
    fill(stage.image, Area(soften(spot.mask, width * 0.03), spot.at), (18, 12, 20), 0.5)
