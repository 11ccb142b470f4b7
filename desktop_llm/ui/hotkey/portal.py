"""Keys everywhere on Wayland: asked of the desktop's portal, which asks the person.

Speaks org.freedesktop.portal.GlobalShortcuts (KDE Plasma, GNOME 48, Hyprland). The desktop decides
which keys it will be, and may let the person choose others. Hears no other keys.
"""

import secrets
from collections.abc import Callable

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import DBusErrorResponse
from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Slot

from desktop_llm.core.errors import UserError
from desktop_llm.core.keys import Keys
from desktop_llm.ui.hotkey.errors import impossible

BUS, PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"
ID = "quick-ask"
ANSWER_S = 3.0
"""How long the portal may take to take a request; the person's own answer comes as a signal."""
_PREFIXES = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Meta": "LOGO"}
_SYMBOLS = {"Space": "space", "PgUp": "Page_Up", "PgDown": "Page_Down"}


class PortalKeys(QObject):
    """Holds at most one combination and calls `pressed` each time it is pressed.

    `failed(error)` is called where the desktop or the person says no, which comes later.
    """

    def __init__(
        self, pressed: Callable[[], None], failed: Callable[[UserError], None], parent: QObject
    ) -> None:
        """Raises UserError where no session bus or no such portal is there."""
        super().__init__(parent)
        self._pressed, self._failed = pressed, failed
        self._bus = _connected()
        self._session, self._wanted, self._requests = "", "", dict[str, Callable[[dict], None]]()
        try:
            for rule in (_signals(REQUEST, "Response"), _signals(SHORTCUTS, "Activated")):
                self._call(message_bus.AddMatch(rule))
            self._call(
                _call("org.freedesktop.DBus.Properties", "Get", "ss", (SHORTCUTS, "version"))
            )
        except (DBusErrorResponse, OSError) as error:
            self._bus.close()
            raise impossible() from error
        kind = QSocketNotifier.Type.Read
        self._notifier = QSocketNotifier(self._bus.sock.fileno(), kind, self)
        self._notifier.activated.connect(self._on_messages)

    def hold(self, keys: Keys) -> None:
        """Ask for the combination; the desktop may show a window of its own about it."""
        self.release()
        prefixes = [_PREFIXES[name] for name in ("Ctrl", "Alt", "Shift", "Meta")
                    if name in keys.modifiers]  # fmt: skip
        letter = keys.key.lower() if len(keys.key) == 1 else keys.key
        self._wanted = "+".join([*prefixes, _SYMBOLS.get(keys.key, letter)])
        options = {"session_handle_token": ("s", _token())}
        self._request("CreateSession", "", (), options, self._bind)

    def release(self) -> None:
        """Give the combination back."""
        if self._session:
            address = DBusAddress(self._session, BUS, "org.freedesktop.portal.Session")
            self._send(new_method_call(address, "Close"))
        self._session, self._wanted = "", ""
        self._requests.clear()

    def close(self) -> None:
        """Give all back and leave the bus."""
        self._notifier.setEnabled(False)
        self.release()
        self._bus.close()

    def _bind(self, results: dict) -> None:
        """The session is there: name the keys."""
        self._session = results["session_handle"][1]
        about = QCoreApplication.translate("QuickAsk", "Quick ask")
        wanted = [(ID, {"description": ("s", about), "preferred_trigger": ("s", self._wanted)})]
        body = (self._session, wanted, "")
        self._request("BindShortcuts", "oa(sa{sv})s", body, {}, lambda _results: None)

    def _request(
        self, method: str, signature: str, body: tuple, options: dict, then: Callable[[dict], None]
    ) -> None:
        """Call a method whose answer comes as a signal of a request object."""
        token = _token()
        sender = self._bus.unique_name[1:].replace(".", "_")
        self._requests[f"{PATH}/request/{sender}/{token}"] = then
        options = options | {"handle_token": ("s", token)}
        self._send(_call(SHORTCUTS, method, signature + "a{sv}", (*body, options)))

    def _send(self, message: Message) -> None:
        try:
            self._bus.send(message)
        except OSError:
            self._failed(impossible())

    def _call(self, message: Message) -> None:
        """Raises DBusErrorResponse where the answer is an error, OSError where none comes."""
        answer = self._bus.send_and_get_reply(message, timeout=ANSWER_S)
        if answer.header.message_type == MessageType.error:
            raise DBusErrorResponse(answer)

    @Slot()
    def _on_messages(self) -> None:
        while True:
            try:
                message = self._bus.receive(timeout=0)
            except TimeoutError:
                return
            except (OSError, EOFError):  # the session is ending
                self._notifier.setEnabled(False)
                return
            self._on_message(message)

    def _on_message(self, message: Message) -> None:
        fields = message.header.fields
        member, path = fields.get(HeaderFields.member), fields.get(HeaderFields.path)
        if message.header.message_type == MessageType.error:
            self._failed(impossible())
        elif member == "Activated" and message.body[:2] == (self._session, ID):
            self._pressed()
        elif member == "Response" and path in self._requests:
            code, results = message.body
            then = self._requests.pop(path)
            if code:
                self._failed(_declined())
            else:
                then(results)


def _connected() -> DBusConnection:
    try:
        return open_dbus_connection(bus="SESSION")
    except (OSError, KeyError, ValueError) as error:  # no bus, or an address of no known form
        raise impossible() from error


def _call(interface: str, method: str, signature: str, body: tuple) -> Message:
    return new_method_call(DBusAddress(PATH, BUS, interface), method, signature, body)


def _signals(interface: str, member: str) -> MatchRule:
    return MatchRule(type="signal", interface=interface, member=member)


def _token() -> str:
    return f"desktop_llm_{secrets.token_hex(6)}"


def _declined() -> UserError:
    return UserError(
        "The desktop did not give keys for the quick question.",
        "It was declined, or the keys are taken.",
        "Choose other keys in Settings, General, or in the desktop's keyboard settings.",
    )
