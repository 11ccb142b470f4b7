"""The four questions that an empty conversation offers. The guide model knows their answers."""

from PySide6.QtCore import QCoreApplication


def questions() -> tuple[str, ...]:
    """In the window's language."""
    return (
        QCoreApplication.translate("Greeting", "What is a large language model?"),
        QCoreApplication.translate("Greeting", "How does self-attention work, step by step?"),
        QCoreApplication.translate("Greeting", "What does temperature do?"),
        QCoreApplication.translate("Greeting", "How do I add a larger model?"),
    )
