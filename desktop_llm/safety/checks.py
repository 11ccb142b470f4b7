"""Checks that the rule files name: whether a match is what its shape says. Each sees one match alone.

A check gets the match and what stands before it, and nothing else, so that streaming changes nothing.
"""

import functools
import ipaddress
from collections.abc import Callable

from desktop_llm.safety import check_digits
from desktop_llm.safety.fold import is_word
from desktop_llm.safety.rules import Check

_FILE_ENDINGS = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "ico",
        "css",
        "js",
        "ts",
        "jsx",
        "tsx",
        "py",
        "json",
        "html",
        "htm",
        "xml",
        "md",
        "txt",
        "zip",
        "gz",
        "tar",
        "service",
        "timer",
        "target",
        "mount",
        "socket",
        "conf",
        "cfg",
        "ini",
        "yaml",
        "yml",
        "toml",
        "rs",
        "go",
        "java",
        "cpp",
        "hpp",
        "so",
        "dll",
        "exe",
        "bin",
    ]
)
_NO_PERSON = frozenset(
    ["git@github.com", "git@gitlab.com", "git@bitbucket.org", "git@ssh.dev.azure.com"]
)
_REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "CN",
    "IN",
    "ES",
    "IT",
    "BR",
    "JP",
    "AU",
    "KR",
    "NL",
    "CH",
    "PL",
)
"""Countries whose numbers are known after a word such as phone, where the person's own is not set."""


def email(match: str, _left: str) -> bool:
    """An address whose host has a name, and is not a file name such as icon@2x.png."""
    local, _, host = match.rpartition("@")
    labels = host.lower().split(".")
    fits = not any(label.startswith("-") or label.endswith("-") or not label for label in labels)
    named = sum(label.isdigit() for label in labels) < 2  # package@1.0.beta is a version
    dots = ".." in local or local.endswith(".")
    return (
        fits and named and not dots and labels[-1] not in _FILE_ENDINGS
        and match.lower() not in _NO_PERSON
    )  # fmt: skip


def ipv4(match: str, _left: str) -> bool:
    """Four octets that are no loopback, mask or unspecified address, and not all as small as versions."""
    parts = match.split(".")
    if any((len(part) > 1 and part[0] == "0") or int(part) > 255 for part in parts):
        return False
    if parts[0] in ("0", "127", "255"):
        return False
    small = [int(part) < 10 for part in parts]
    return not small[0] or sum(small) == 1  # 2.39.90.1 is a version


def ipv6(match: str, _left: str) -> bool:
    """An address of a network (2000::/3), a private one (fc00::/7) or a link (fe80::/10)."""
    try:
        address = ipaddress.IPv6Address(match)
    except ValueError:
        return False
    example = address in ipaddress.IPv6Network("2001:db8::/32")
    groups = [group for group in match.split(":") if group]
    return len(groups) > 1 and int(address) >> 125 in (1, 7) and not example


def mac(match: str, _left: str) -> bool:
    """Six octets that are not all the same."""
    return len(set(match.replace("-", ":").lower().split(":"))) > 1


def phone_abroad(match: str, _left: str) -> bool:
    """A number with + and country code that can have been given."""
    return _valid_phone(match, None)


def phone_here(region: str, match: str, left: str) -> bool:
    """A number as it is dialled in a country: after a word such as phone, or where it is one's own."""
    number = check_digits.digits(match)
    if not 7 <= len(number) <= 13 or len(set(number)) < 3 or _is_date(match):
        return False
    if region and _valid_phone(match, region) and (len(number) < len(match) or _told(_PHONE, left)):
        return True
    return _told(_PHONE, left) and any(_valid_phone(match, country) for country in _REGIONS)


def _is_date(match: str) -> bool:
    """2024-05-06 13:40 or 06.05.2024: a year with a month and a day at either side."""
    groups = "".join(char if char.isdigit() else " " for char in match).split()
    years = [len(group) == 4 and group[:2] in ("19", "20") for group in groups]
    short = [len(group) <= 2 for group in groups]
    first = len(groups) > 1 and years[0] and (short[1] or years[1])
    return first or (len(groups) > 2 and short[0] and short[1] and years[2])


def url_password(match: str, _left: str) -> bool:
    """A user and a password that are not the words for them."""
    user, _, password = match.rpartition("://")[2][:-1].partition(":")
    named = password.lower() in ("pass", "password", "passwd", "pw", "pwd", "secret", "xxx", "***")
    return not (named and user.lower() in ("user", "username", "name", "login", "me", "you"))


@functools.lru_cache(maxsize=1024)
def _valid_phone(text: str, region: str | None) -> bool:
    import phonenumbers  # only where something looks like one

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


_PHONE = (
    "phone", "tel", "telephone", "mobile", "cell", "call", "fax", "whatsapp", "sms", "dial", "telefon", "handy",
    "mobil", "teléfono", "móvil", "tél", "téléphone", "电话", "手机", "联系", "传真", "微信", "致电", "拨打", "短信",
    "電話", "手機", "携帯", "전화",
)  # fmt: skip


def _told(cues: tuple[str, ...], left: str) -> bool:
    """Whether one of the words stands before, as a word; in Chinese, as it is."""
    before = left.casefold()
    for cue in cues:
        place = before.rfind(cue)
        while place >= 0:
            end = place + len(cue)
            if not cue.isascii() or not (
                is_word(before[place - 1 : place]) or before[end : end + 1].isalpha()
            ):
                return True
            place = before.rfind(cue, 0, place)
    return False


def told(cues: tuple[str, ...], unless: tuple[str, ...], check: Check | None) -> Check:
    """A check that also wants one of `cues` before the match (if there are any), and none of `unless`."""

    def checked(match: str, left: str) -> bool:
        if (cues and not _told(cues, left)) or (unless and _told(unless, left)):
            return False
        return check is None or check(match, left)

    return checked


def _digit_check(holds: Callable[[str], bool]) -> Check:
    return lambda match, _left: holds(match)


NAMED: dict[str, Check] = {
    "email": email, "ipv4": ipv4, "ipv6": ipv6, "mac": mac, "phone_abroad": phone_abroad,
    "url_password": url_password,
    **{
        holds.__name__: _digit_check(holds)
        for holds in (
            check_digits.card, check_digits.iban, check_digits.us_ssn, check_digits.cn_id,
            check_digits.uk_nino, check_digits.uk_nhs, check_digits.in_aadhaar,
            check_digits.de_steuer_id, check_digits.fr_nir, check_digits.es_nif,
            check_digits.it_codice_fiscale, check_digits.pl_pesel, check_digits.br_cpf,
            check_digits.kr_rrn,
        )
    },
}  # fmt: skip
"""The checks by the names that rule files call them by; `phone_here` is made for the person's region."""


def named(name: str, region: str = "") -> Check:
    """The check of that name. Raises KeyError where there is none."""
    return functools.partial(phone_here, region) if name == "phone_here" else NAMED[name]
