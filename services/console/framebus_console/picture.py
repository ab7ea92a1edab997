"""Where the picture is shown: live in colour, greyed with the reason when it is not."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

BACKGROUND = QColor("#0b0d10")


class PictureView(QWidget):
    """Shows an image, or the last one greyed under a text. Scales nothing that fits already."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._live: QImage | None = None
        self._grey: QImage | None = None
        self._over = ""
        self.shown = 0
        self.setMinimumSize(160, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def pixels(self) -> QSize:
        """Its size in pixels of the screen."""
        return self.size() * self.devicePixelRatio()

    @property
    def over(self) -> str:
        """The text over the picture; empty while it is live."""
        return self._over

    @property
    def image(self) -> QImage | None:
        """What is shown under the text."""
        return self._grey if self._over else self._live

    def show_live(self, image: QImage) -> None:
        """Show a picture of this moment."""
        self._live, self._grey, self._over = image, None, ""
        self.shown += 1
        self.setAccessibleDescription("")
        self.update()

    def show_stale(self, text: str) -> None:
        """Say over the last picture why there is no newer one."""
        if text == self._over:
            return
        self._over = text
        if self._grey is None and self._live is not None:
            self._grey = self._live.convertToFormat(QImage.Format.Format_Grayscale8)
        self.setAccessibleDescription(text)
        self.update()

    def clear(self) -> None:
        """Forget picture and text: another camera is shown."""
        self._live = self._grey = None
        self.show_stale("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint what there is in the new size until the next picture."""
        self.update()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture in the middle, and the text over it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        if self.image is not None:
            self._paint_image(painter, self.image)
        if self._over:
            if self.image is not None:
                painter.fillRect(self.rect(), QColor(0, 0, 0, 120))
            self._paint_text(painter)
        painter.end()

    def _paint_image(self, painter: QPainter, image: QImage) -> None:
        ratio = self.devicePixelRatio()
        fit = image.size().scaled(self.pixels, Qt.AspectRatioMode.KeepAspectRatio) / ratio
        place = QRect(0, 0, fit.width(), fit.height())
        place.moveCenter(self.rect().center())
        painter.drawImage(place, image)

    def _paint_text(self, painter: QPainter) -> None:
        first, _, rest = self._over.partition("\n")
        painter.setPen(Qt.GlobalColor.white)
        font = self.font()
        # as large as reads well from afar, and never wider than the picture
        font.setPixelSize(max(self.font().pixelSize(), min(self.width() // 16, self.height() // 9)))
        font.setBold(True)
        half = self.height() // 2
        margin = self.width() // 16
        box = self.rect().adjusted(margin, 0, -margin, 0)
        wrap = Qt.TextFlag.TextWordWrap
        painter.setFont(font)
        above = QRect(box.left(), 0, box.width(), half + (0 if rest else font.pixelSize() // 2))
        painter.drawText(above, wrap | Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom,
                         first)  # fmt: skip
        font.setPixelSize(max(self.font().pixelSize(), font.pixelSize() * 5 // 9))
        font.setBold(False)
        painter.setFont(font)
        below = QRect(box.left(), half + font.pixelSize() // 2, box.width(), half)
        painter.drawText(below, wrap | Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop,
                         rest)  # fmt: skip
