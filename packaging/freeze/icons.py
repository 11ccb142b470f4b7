"""Makes the icons that each system wants (.png, .ico, .icns) from the one SVG. Needs PySide6 alone."""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
ICNS_TYPES = {"icp4": 16, "icp5": 32, "ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024,
              "ic11": 32, "ic12": 64, "ic13": 256, "ic14": 512}  # fmt: skip
"""Apple's four letters for a PNG of that many pixels; the last four are the ones for dense screens."""


def png(svg: Path, size: int) -> bytes:
    """The picture as a PNG of size x size pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(svg)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise OSError(f"{svg} cannot be drawn")
    return bytes(data.data())


def ico(svg: Path) -> bytes:
    """A Windows icon: a table of sizes, then a PNG for each (Microsoft, ICO file format)."""
    pictures = [(size, png(svg, size)) for size in ICO_SIZES]
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    table, body = b"", b""
    for size, picture in pictures:
        side = size % 256  # 0 means 256
        place = (len(picture), offset + len(body))
        table += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, *place)
        body += picture
    return head + table + body


def icns(svg: Path) -> bytes:
    """A macOS icon: four letters, a length and a PNG, for each type."""
    parts = b""
    for kind, size in ICNS_TYPES.items():
        picture = png(svg, size)
        parts += kind.encode() + struct.pack(">I", len(picture) + 8) + picture
    return b"icns" + struct.pack(">I", len(parts) + 8) + parts


def main(svg: Path, folder: Path) -> None:
    """Write app.ico, app.icns and PNGs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.ico").write_bytes(ico(svg))
    (folder / "app.icns").write_bytes(icns(svg))
    for size in (16, 32, 48, 64, 128, 256, 512):
        (folder / f"app-{size}.png").write_bytes(png(svg, size))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
