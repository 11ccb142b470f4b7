"""What the settings say about the app itself: version, build, parts and their licences."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop_llm import about
from desktop_llm.ui.controls.buttons import QuietButton
from desktop_llm.ui.controls.text import Text
from desktop_llm.ui.look import Look
from desktop_llm.ui.settings.cards import Card, Row
from desktop_llm.ui.settings.extras import Facts


class AboutCard(Card):
    """Signals: `link_requested(address)` where the person wants to look for a newer version."""

    link_requested = Signal(str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._look = look
        self.licences_button = QuietButton(look, self.tr("Licences…"), self)
        self.licences_button.clicked.connect(self._show_licences)
        self.row = Row(look, "Desktop LLM", "", self.licences_button, self)
        self.add(self.row)
        self.updates_button = QuietButton(look, self.tr("Check for updates…"), self)
        self.updates_button.clicked.connect(self._on_updates)
        self.add(Row(look, self.tr("Updates"), self._about_updates(), self.updates_button, self))
        self.updates_button.setVisible(bool(about.releases_page()))

    def _about_updates(self) -> str:
        if about.releases_page():
            return self.tr(
                "The app never looks by itself. This opens the page of versions in your browser."
            )
        return self.tr("The app never looks by itself, and this build names no page of versions.")

    def show_facts(self, facts: Facts) -> None:
        """Show the version, the build, and the versions of what it is made of."""
        parts = ", ".join(f"{name} {version}" for name, version in about.versions().items())
        text = self.tr("Version {version}, {build}. {parts}. Free software under the MIT licence.")
        words = text.format(version=facts.version, build=about.build_id(), parts=parts)
        self.row.set_words("Desktop LLM", words)

    @Slot()
    def _on_updates(self) -> None:
        self.link_requested.emit(about.releases_page())

    @Slot()
    def _show_licences(self) -> None:
        dialog = LicencesDialog(self._look, self.window())
        dialog.exec()
        dialog.deleteLater()


class LicencesDialog(QDialog):
    """Every part that others made, and the words of its licence."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Licences"))
        self._parts = about.components()
        title = Text(look, self.tr("What this app is made of"), self, size=17, weight=600)
        self.names = QListWidget(self)
        self.names.setAccessibleName(self.tr("Components"))
        self.names.setFont(look.font(13))
        self.names.addItems([f"{part.name} {part.version}" for part in self._parts])
        self.names.setFixedWidth(look.px(230))
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.terms = QPlainTextEdit(self)
        self.terms.setReadOnly(True)
        self.terms.setAccessibleName(self.tr("Licence"))
        self.terms.setFont(look.font(13))
        close = QuietButton(look, self.tr("Close"), self)
        close.clicked.connect(self.accept)
        self.names.currentRowChanged.connect(self._on_row)
        self.names.setCurrentRow(0)
        self._lay_out(look, title, close)

    def _lay_out(self, look: Look, title: QWidget, close: QWidget) -> None:
        column = QVBoxLayout(self)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(12))
        both = QHBoxLayout()
        both.setSpacing(look.px(12))
        both.addWidget(self.names)
        both.addWidget(self.terms, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column.addWidget(title)
        column.addLayout(both, 1)
        column.addLayout(foot)
        self.resize(look.px(820), look.px(560))

    @Slot(int)
    def _on_row(self, row: int) -> None:
        part = self._parts[row]
        self.terms.setPlainText(f"{part.name} {part.version}: {part.licence}\n\n{part.text}")
