"""Rectangles as a camera sees them, and pictures of them turned to face the eye.

Corners are float64 `[4, 2]`, x and y, clockwise from the upper left; side `i` goes from corner `i` to the next.
"""

import cv2
import numpy as np

FOCAL_LENGTH = 0.8  # of a telephone's camera, as a share of the picture's longer side
SQUARENESS = 0.57  # cosine of the sharpest angle of a rectangle in perspective: 55 degrees


def enclosing(mask: np.ndarray) -> np.ndarray:
    """The corners of the smallest quadrilateral around a region, uint8 0 or 1 `[h, w]`."""
    corners = cv2.approxPolyN(cv2.convexHull(cv2.findNonZero(mask)), 4, None, -1, True).reshape(-1, 2)
    around = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))].astype(np.float64)
    return np.roll(corners, -np.argmin(corners.sum(axis=1)), axis=0)


def is_rectangle(corners: np.ndarray) -> bool:
    """Whether corners may be those of a rectangle in perspective."""
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return bool(np.all(np.abs((before * after).sum(axis=1)) < SQUARENESS * lengths))


def upright(mask: np.ndarray, corners: np.ndarray, seen: list[int]) -> np.ndarray:
    """The corners of a rectangle around a region `[h, w]` that is parallel to those of its sides that are seen."""
    ways = (np.roll(corners, -1, axis=0) - corners)[seen]
    angle = np.median([(np.arctan2(y, x) + np.pi / 4) % (np.pi / 2) - np.pi / 4 for x, y in ways])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.argwhere(mask)[:, ::-1] @ turn
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) @ turn.T


def completed(mask: np.ndarray, corners: np.ndarray, unseen: int) -> np.ndarray:
    """Corners whose side `unseen`, where the picture ends before the sheet, is parallel to the opposite on the sheet.

    Points and lines are homogeneous, in a camera's coordinates: there the vanishing points of two directions at right
    angles are at right angles themselves.
    """
    middle, focal_length = np.array(mask.shape[::-1]) / 2, FOCAL_LENGTH * max(mask.shape)
    a, b, c, d = (np.append((corners[(unseen + i) % 4] - middle) / focal_length, 1) for i in range(4))
    sides = (np.cross(a, d), np.cross(b, c))
    vanishing = np.cross(np.cross(c, d), np.cross(*sides))
    region = np.column_stack([(np.argwhere(mask)[:, ::-1] - middle) / focal_length, np.ones(int(mask.sum()))])
    ends = [np.cross(side, np.cross(vanishing, region)) for side in sides]
    found = [points[:, :2] / points[:, 2:] * focal_length + middle for points in ends]
    furthest = int(np.argmax(np.linalg.norm(found[0] - corners[(unseen + 3) % 4], axis=1)))
    result = corners.copy()
    result[[unseen, (unseen + 1) % 4]] = [points[furthest] for points in found]
    return result


def flattened(pixels: np.ndarray, corners: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What lies between corners, seen from above: its pixels, and where a mask of any scale is true, bool `[h, w]`."""
    corners = corners.astype(np.float32)
    aspect = _aspect(corners, pixels.shape)
    longest = float(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).max())
    longer = min(max(pixels.shape[:2]), longest)
    size = [max(1, round(longer * min(1.0, share))) for share in (aspect, 1 / aspect)]
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, unit * np.array(size, np.float32))
    seen = cv2.resize(mask.astype(np.uint8), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    flat = cv2.warpPerspective(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return flat, cv2.warpPerspective(seen, matrix, size, flags=cv2.INTER_NEAREST) > 0


def _aspect(corners: np.ndarray, shape: tuple[int, ...]) -> float:
    """Width over height of the rectangle that a camera sees with these corners float32 `[4, 2]`.

    Source: Zhang and He, "Whiteboard scanning and image enhancement", 2007, with a usual focal length.
    """
    unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    matrix = cv2.getPerspectiveTransform(unit, corners - np.array([shape[1] / 2, shape[0] / 2], np.float32))
    focal_length = FOCAL_LENGTH * max(shape)
    across, down, _ = (matrix / np.array([[focal_length], [focal_length], [1]])).T
    return float(np.linalg.norm(across) / np.linalg.norm(down))
