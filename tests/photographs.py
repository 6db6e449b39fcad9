"""Photographs of drawings made in code: a page with strokes, laid on a desk, seen by a camera."""

import cv2
import numpy as np
from PIL import Image

from ia_pix2seq_tf.render import render

PAGE = (840, 1188)  # width and height of a page in its own pixels, four to the millimetre of A4
PHOTO = (900, 1200)  # width and height of the photographs
FOCAL_LENGTH = 1000  # in pixels of them
WHITE, CREAM, BLUE, RED = (244, 243, 240), (246, 238, 214), (150, 175, 225), (228, 130, 140)
BLACK_PEN, BLUE_PEN, PENCIL, CHALK = (35, 33, 38), (40, 50, 140), (110, 110, 112), (235, 235, 230)


def page(strokes, size=PAGE, paper=WHITE, pen=BLACK_PEN, width=5, place=None, ruling=()):
    """A page RGB `[h, w, 3]` with the strokes in the square `place` (x, y, side), and lines printed on it.

    `ruling` has tuples (axis, first, step, colour, thickness): lines from edge to edge, axis 0 for horizontal ones.
    """
    picture = np.full((size[1], size[0], 3), paper, np.uint8)
    for axis, first, step, color, thickness in ruling:
        for at in range(first, size[1 - axis], step):
            ends = ((0, at), (size[0], at)) if axis == 0 else ((at, 0), (at, size[1]))
            cv2.line(picture, *ends, color, thickness, cv2.LINE_AA)
    x, y, side = place or (size[0] // 6, size[1] // 4, 2 * size[0] // 3)
    mask = np.zeros(size[::-1], np.float32)
    mask[y : y + side, x : x + side] = 1 - render(strokes, side, 10, width) / np.float32(255)
    return np.rint(picture * (1 - mask[..., None]) + np.float32(pen) * mask[..., None]).astype(np.uint8)


def ruled(step=40, color=BLUE, thickness=2, margin=False):
    """Horizontal lines, with a red margin line if asked."""
    return ((0, 120, step, color, thickness), *(((1, 110, 10**6, RED, thickness),) if margin else ()))


def squared(step=20, color=BLUE, thickness=1):
    """Horizontal and vertical lines."""
    return ((0, 7, step, color, thickness), (1, 9, step, color, thickness))


def desk(color=(70, 62, 58), size=PHOTO, grain=0.0, seed=1):
    """A surface of one colour, RGB float32; with `grain`, streaks as of wood."""
    rng = np.random.default_rng(seed)
    streaks = cv2.resize(rng.normal(0, 1, (size[1] // 5, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    waves = cv2.resize(rng.normal(0, 1, (7, 5)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.float32(color) * (1 + grain * (0.6 * streaks + 0.4 * waves))[..., None]


def wood(color=(165, 118, 74), **options):
    """A table of planks."""
    return desk(color, grain=0.16, **options)


def laid(surface, sheet, corners, shade=0.25):
    """The sheet on a surface, its corners (from the upper left, clockwise) at these shares of width and height."""
    height, width = surface.shape[:2]
    target = np.float32(np.array(corners) * (width, height))
    h, w = sheet.shape[:2]
    matrix = cv2.getPerspectiveTransform(np.float32([(0, 0), (w, 0), (w, h), (0, h)]), target)
    mask = cv2.warpPerspective(np.ones((h, w), np.float32), matrix, (width, height), flags=cv2.INTER_LINEAR)
    below = cv2.GaussianBlur(mask, (0, 0), 8)[..., None]
    seen = cv2.warpPerspective(sheet, matrix, (width, height), flags=cv2.INTER_AREA).astype(np.float32)
    return surface * (1 - shade * below) * (1 - mask[..., None]) + seen * mask[..., None]


def turned(degrees, size=0.62, aspect=PAGE[0] / PAGE[1], centre=(0.5, 0.5), tilt=0.0, yaw=0.0):
    """Corners of a page whose height is this share of the photo's, turned clockwise.

    Tilt and yaw are how far the camera is from looking straight down, in degrees; it is a telephone's.
    """
    x, y = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]).T / 2 * size * PHOTO[1] * np.array([[aspect], [1]])
    angle, tilt, yaw = np.radians([degrees, tilt, yaw])
    x, y = np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y
    depth = 1 + (-y * np.sin(tilt) - x * np.sin(yaw)) / FOCAL_LENGTH
    return np.stack([x * np.cos(yaw) / depth, y * np.cos(tilt) / depth], axis=1) / PHOTO + centre


def shadow(share=0.62, edge=14, size=PHOTO):
    """Light `[h, w, 1]` with a shadow over one corner, its edge this many pixels wide."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    return (1 - (1 - share) * (0.5 + 0.5 * np.tanh((x * 0.8 + y * 0.6 - 0.75 * size[1]) / (2 * edge))))[..., None]


def lamp(low=0.6, size=PHOTO):
    """Light `[h, w, 1]` that falls off to one side."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    return (low + (1 - low) * (0.7 * x / size[0] + 0.3 * (1 - y / size[1])))[..., None]


def hand(picture, at=(1.0, 0.6), reach=0.3, color=(205, 150, 125)):
    """A hand that comes in from a side: a forearm, a palm and fingers, as blobs of skin."""
    height, width = picture.shape[:2]
    x, y = int(at[0] * width), int(at[1] * height)
    long = int(reach * width)
    drawn = picture.astype(np.float32).copy()
    sign = -1 if at[0] > 0.5 else 1
    cv2.line(drawn, (x - sign * 60, y + 60), (x + sign * int(0.45 * long), y), color, int(0.5 * long), cv2.LINE_AA)
    for i in range(4):
        tip = (x + sign * int(long * (0.95 - 0.05 * abs(i - 1))), y + int((i - 1.5) * 0.17 * long))
        cv2.line(drawn, (x + sign * int(0.45 * long), y), tip, color, int(0.13 * long), cv2.LINE_AA)
    return drawn


def camera(picture, light=1.0, grain=3.0, blur=1.0, quality=85, seed=0):
    """What a camera makes of a scene: light, blur, grain and JPEG; RGB uint8."""
    rng = np.random.default_rng(seed)
    seen = cv2.GaussianBlur(np.asarray(picture, np.float32), (0, 0), blur) * light
    noise = rng.normal(0, grain, seen.shape[:2])[..., None] + rng.normal(0, grain / 2, seen.shape)
    seen = np.clip(seen + noise, 0, 255).astype(np.uint8)
    data = cv2.imencode(".jpg", seen[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1].copy()


def grey(picture):
    """A picture as one of a camera without colours."""
    return np.asarray(Image.fromarray(picture).convert("L"))


def filling(strokes, size=PHOTO, turn=0.0, **options):
    """A page that is larger than what the camera sees, turned by so many degrees."""
    sheet = page(strokes, **options)
    return laid(desk(size=size), sheet, turned(turn, 1.35), 0)


def bent(picture, sag=10):
    """A picture of a page that is not flat: its middle lies this many pixels lower."""
    y, x = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    y += np.float32(sag) * np.sin(np.pi * x / picture.shape[1])
    return cv2.remap(np.float32(picture), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def cluttered(scene):
    """A scene with a cup and a pen beside the paper."""
    drawn = np.float32(scene).copy()
    cv2.circle(drawn, (130, 1050), 90, (200, 60, 50), -1)
    cv2.circle(drawn, (130, 1050), 70, (40, 25, 20), -1)
    cv2.line(drawn, (700, 1150), (860, 900), (30, 60, 160), 18)
    return drawn


def punched(sheet, step=40):
    """A sheet with a row of holes along its left edge."""
    for y in range(30, sheet.shape[0], step):
        cv2.circle(sheet, (35, y), 11, (60, 55, 50), -1)
    return sheet


def dotted(sheet, step=40):
    """A sheet with dots printed on it."""
    for y, x in ((0, 0), (0, 1), (1, 0)):
        sheet[20 + y :: step, 20 + x :: step] = (150, 150, 160)
    return sheet


def framed(strokes, frame=(150, 152, 155), wall=(200, 195, 180), board=(240, 242, 243), thick=34, pen=BLUE_PEN):
    """A whiteboard with a frame on a wall."""
    sheet = page(strokes, (1100, 800), board, pen, 6, (250, 100, 600))
    sheet = cv2.copyMakeBorder(sheet, *[thick] * 4, cv2.BORDER_CONSTANT, value=frame)
    scene = laid(desk(wall, (1200, 900)), sheet, ((0.07, 0.1), (0.95, 0.06), (0.94, 0.92), (0.06, 0.9)), 0.05)
    return camera(scene, lamp(0.8, (1200, 900)))


def scanned(strokes, border=40, color=(12, 12, 12), sides=(1, 1, 1, 1), **options):
    """A scan with a dark border around its page, on these sides (above, below, left, right)."""
    return cv2.copyMakeBorder(page(strokes, **options), *[border * s for s in sides], cv2.BORDER_CONSTANT, value=color)


SCENES = {
    "a dark desk": lambda s: camera(laid(desk(), page(s), turned(0)), lamp()),
    "a dark desk, turned": lambda s: camera(laid(desk(), page(s), turned(13)), lamp()),
    "a dark desk, turned far": lambda s: camera(laid(desk(), page(s), turned(35, 0.6)), lamp()),
    "a dark desk, in perspective": lambda s: camera(laid(desk(), page(s), turned(-5, 0.75, tilt=35)), lamp()),
    "a dark desk, nearly filled": lambda s: camera(laid(desk(), page(s), turned(1, 0.93)), lamp()),
    "a desk, small": lambda s: camera(laid(desk(), page(s, width=9), turned(8, 0.4, centre=(0.4, 0.6))), lamp()),
    "a black desk, in grey": lambda s: grey(camera(laid(desk((25, 25, 25)), page(s), turned(4)), lamp())),
    "a light desk": lambda s: camera(laid(desk((185, 186, 188)), page(s), turned(7)), lamp(0.8)),
    "a white desk": lambda s: camera(laid(desk((236, 236, 234)), page(s), turned(0)), lamp(0.8)),
    "wood": lambda s: camera(laid(wood(), page(s), turned(-9)), lamp(0.75)),
    "dark wood": lambda s: camera(laid(wood((95, 60, 40)), page(s), turned(6)), lamp(0.75)),
    "pale wood": lambda s: camera(laid(wood((212, 184, 148)), page(s), turned(6)), lamp(0.75)),
    "coloured cloth": lambda s: camera(laid(desk((60, 120, 90), grain=0.05), page(s), turned(-4)), lamp()),
    "wood at night": lambda s: camera(laid(wood(), page(s), turned(6, 0.7)), 0.4 * lamp(0.5), grain=6),
    "a desk with a cup and a pen": lambda s: camera(
        cluttered(laid(wood(), page(s), turned(-7, centre=(0.5, 0.45)))), lamp(0.8)
    ),
    "a shadow over a corner": lambda s: camera(laid(desk(), page(s), turned(5, 0.7)), shadow()),
    "a hard shadow on wood": lambda s: camera(laid(wood(), page(s), turned(5, 0.7)), shadow(0.6, 4)),
    "a hand at the edge": lambda s: camera(hand(laid(desk(), page(s), turned(2, 0.75)), (1.0, 0.8)), lamp(0.75)),
    "hands over two corners": lambda s: camera(
        hand(hand(laid(wood(), page(s), turned(2, 0.75)), (0.97, 0.85), 0.28), (0.03, 0.85), 0.28)
    ),
    "a hand on a page that fills the picture": lambda s: camera(hand(filling(s), (1.0, 0.85), 0.25), lamp(0.75)),
    "a desk at two sides": lambda s: camera(laid(desk(), page(s), turned(3, 0.9, centre=(0.3, 0.4))), lamp()),
    "a desk at one side": lambda s: camera(
        laid(desk(), page(s, place=(390, 300, 400)), turned(0, 1.35, centre=(0.2, 0.5))), lamp()
    ),
    "a desk below, turned": lambda s: camera(
        laid(wood(), page(s, place=(160, 560, 520)), turned(4, 1.3, centre=(0.5, 0.26))), lamp()
    ),
    "a pencil on a sheet on wood": lambda s: camera(laid(wood(), page(s, pen=PENCIL), turned(6, 0.7)), lamp(0.8)),
    "strokes to the edge of the sheet": lambda s: camera(
        laid(desk(), page(s, place=(20, 250, 800)), turned(3, 0.7)), lamp()
    ),
    "a yellow note": lambda s: camera(
        laid(desk((90, 80, 75)), page(s, (800, 800), (250, 225, 110), place=(120, 120, 560)), turned(7, 0.5, 1)), lamp()
    ),
    "brown paper on white": lambda s: camera(
        laid(desk((232, 232, 230)), page(s, paper=(190, 150, 105)), turned(5, 0.8)), lamp(0.8)
    ),
    "chalk on a black card": lambda s: camera(
        laid(desk((200, 190, 180)), page(s, paper=(35, 35, 38), pen=CHALK), turned(5, 0.8)), lamp(0.8)
    ),
    "a whiteboard with a frame": lambda s: framed(s),
    "a whiteboard with a dark frame": lambda s: framed(s, (60, 60, 62)),
    "a whiteboard on a wall as light": lambda s: framed(s, wall=(238, 238, 236)),
    "a blackboard on a wall": lambda s: framed(s, (150, 100, 60), (220, 215, 200), (40, 60, 50), pen=CHALK),
    "a dotted sheet": lambda s: camera(laid(desk(), dotted(page(s)), turned(4, 0.8)), lamp()),
    "a scan with a dark border": lambda s: scanned(s),
    "a scan with a dark border at two sides": lambda s: scanned(s, 60, sides=(0, 1, 0, 1)),
    "a scan with a grey border": lambda s: scanned(s, color=(120, 120, 120)),
}
"""Where a sheet lies, or what is with it: pictures RGB or grey of strokes `[n, 3]`."""

RULED = {
    "ruled": lambda s: camera(filling(s, ruling=ruled()), lamp()),
    "ruled with a margin": lambda s: camera(filling(s, ruling=ruled(margin=True)), lamp()),
    "ruled, turned": lambda s: camera(filling(s, turn=3, ruling=ruled(margin=True)), lamp()),
    "ruled, in grey": lambda s: grey(camera(filling(s, ruling=ruled(margin=True)), lamp())),
    "ruled with grey lines": lambda s: camera(filling(s, ruling=ruled(color=(170, 170, 170))), lamp()),
    "ruled, a pencil": lambda s: camera(filling(s, pen=PENCIL, ruling=ruled()), lamp()),
    "ruled, a blue pen on blue lines": lambda s: camera(filling(s, pen=BLUE_PEN, ruling=ruled()), lamp()),
    "ruled, a red pen beside a red margin": lambda s: camera(
        filling(s, pen=(190, 30, 40), ruling=ruled(margin=True)), lamp()
    ),
    "ruled and bent": lambda s: camera(bent(filling(s, ruling=ruled(margin=True))), lamp()),
    "ruled, in a shadow": lambda s: camera(filling(s, ruling=ruled(margin=True)), shadow(0.6, 30)),
    "ruled, on a desk": lambda s: camera(laid(desk(), page(s, ruling=ruled(margin=True)), turned(6, 0.8)), lamp()),
    "ruled and yellow, on wood": lambda s: camera(
        laid(wood(), page(s, paper=(250, 240, 150), ruling=ruled(margin=True)), turned(-4, 0.8)), lamp(0.8)
    ),
    "ruled and punched": lambda s: camera(
        laid(wood(), punched(page(s, ruling=ruled(), place=(170, 300, 560))), turned(-3, 0.85)), lamp(0.8)
    ),
    "ruled, in perspective, cut off": lambda s: camera(
        laid(wood(), page(s, ruling=ruled(margin=True)), turned(-6, 0.9, tilt=28, yaw=-10)), lamp(0.8)
    ),
    "squared": lambda s: camera(filling(s, ruling=squared()), lamp()),
    "squared with dark lines": lambda s: camera(filling(s, width=7, ruling=squared(30, (110, 130, 180), 2)), lamp()),
    "squared, turned, a blue pen": lambda s: camera(filling(s, turn=-4, pen=BLUE_PEN, ruling=squared()), lamp()),
    "squared and bent": lambda s: camera(bent(filling(s, ruling=squared(30)), 12), lamp()),
    "a ruled scan": lambda s: page(s, ruling=ruled(margin=True)),
    "a squared scan": lambda s: page(s, ruling=squared()),
    "a ruled scan, light on dark": lambda s: 255 - page(s, ruling=ruled()),
}
"""Sheets with printed lines."""


def rectangle(x, y, width, height):
    """The points of a closed rectangle."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]


def circle(x, y, radius):
    """The points of a circle."""
    return [(x + radius * np.cos(t), y + radius * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 25)]


def drawing(*lines):
    """Strokes `[n, 3]` through points."""
    points = np.concatenate([np.float64(line) for line in lines])
    lifted = np.concatenate([np.arange(len(line)) == len(line) - 1 for line in lines])
    strokes = np.column_stack([np.diff(points, axis=0, prepend=points[:1]), lifted])
    return np.concatenate([[[0, 0, 1]], strokes])


def parallels(length, every, count, is_upright=False):
    """As many lines side by side."""
    lines = [[(0, every * i), (length, every * i)] for i in range(count)]
    return [[point[::-1] for point in line] for line in lines] if is_upright else lines


RECTANGLES = {
    "house": drawing(rectangle(0, 60, 100, 80), [(0, 60), (50, 0), (100, 60)], rectangle(40, 100, 20, 40)),
    "television": drawing(
        rectangle(0, 40, 120, 80),
        rectangle(10, 50, 80, 60),
        [(40, 40), (20, 0)],
        [(60, 40), (90, 0)],
        circle(105, 65, 6),
    ),
    "picture frame": drawing(
        rectangle(0, 0, 120, 160), rectangle(10, 10, 100, 140), circle(60, 80, 30), [(50, 92), (60, 98), (70, 92)]
    ),
    "box": drawing(rectangle(0, 0, 120, 90)),
    "window": drawing(rectangle(0, 0, 100, 100), [(50, 0), (50, 100)], [(0, 50), (100, 50)]),
    "ladder": drawing([(-5, -5), (-5, 150)], [(65, -5), (65, 150)], *parallels(60, 15, 10)),
    "grid": drawing(*parallels(120, 12, 11), *parallels(120, 12, 11, True)),
    "shelf": drawing(rectangle(0, 0, 100, 160), *parallels(100, 20, 8), circle(30, 50, 8), rectangle(50, 45, 20, 15)),
    "notebook": drawing(rectangle(0, 0, 100, 140), *parallels(100, 10, 14), circle(50, 70, 20)),
    "telephone": drawing(rectangle(0, 0, 60, 120), rectangle(5, 12, 50, 90), circle(30, 111, 5)),
}
"""Drawings that look like sheets, or like printed lines."""


def tight(picture):
    """A grey picture cropped to its ink."""
    rows, columns = (np.flatnonzero((picture < 128).any(axis=axis)) for axis in (1, 0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def filled(picture):
    """A grey picture of which the largest area that lines enclose is black."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats((picture > 127).astype(np.uint8), connectivity=4)
    inner = [i for i in range(1, len(statistics)) if i != labels[0, 0]]
    return np.where(labels == max(inner, key=lambda i: statistics[i, cv2.CC_STAT_AREA], default=-1), 0, picture)


PLAIN = {
    "a pen": lambda s: render(s, 600, 40, 4),
    "a hairline": lambda s: render(s, 1000, 60, 1),
    "a marker": lambda s: render(s, 600, 40, 18),
    "a small picture": lambda s: render(s, 200, 8, 2),
    "tightly cropped": lambda s: tight(render(s, 600, 20, 4)),
    "light on dark": lambda s: 255 - render(s, 600, 40, 4),
    "an area filled": lambda s: filled(render(s, 600, 40, 4)),
    "an area filled, tightly cropped": lambda s: filled(tight(render(s, 600, 40, 4))),
    "a photograph": lambda s: camera(filling(s), lamp()),
    "a photograph, a marker": lambda s: camera(filling(s, width=20), lamp()),
    "a photograph, a red pen": lambda s: camera(filling(s, pen=(200, 30, 40)), lamp()),
    "a photograph in a hard shadow": lambda s: camera(filling(s), shadow(0.55, 3)),
    "a photograph of a blackboard": lambda s: camera(filling(s, paper=(40, 60, 50), pen=CHALK), lamp()),
}
"""Pictures of nothing but a drawing."""
