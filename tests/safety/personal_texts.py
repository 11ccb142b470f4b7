"""Makes up texts with personal data in them, and texts that only look so. Shares nothing with the rules.

Check digits are computed here a second time, from the issuers' descriptions.
"""

import base64
import random
import string
from collections.abc import Callable

FIRST = [
    "anna",
    "bo",
    "chen",
    "dmitri",
    "elif",
    "fatima",
    "george",
    "hana",
    "ivan",
    "jun",
    "kofi",
    "lea",
    "maria",
    "nils",
    "olga",
    "pedro",
    "qi",
    "rosa",
    "sven",
    "tomas",
    "uma",
    "wei",
]
LAST = [
    "adams",
    "bauer",
    "costa",
    "dubois",
    "evans",
    "fischer",
    "garcia",
    "huang",
    "ito",
    "jensen",
    "kim",
    "lopez",
    "meyer",
    "novak",
    "okafor",
    "park",
    "rossi",
    "silva",
    "tanaka",
    "wong",
]
HOSTS = [
    "gmail.com",
    "web.de",
    "qq.com",
    "163.com",
    "orange.fr",
    "uni-bonn.de",
    "health.gov.uk",
    "mail.co.jp",
    "startup.io",
]
SENTENCES = [
    "You can reach {first} at {} from Monday on.", "Please send it to {}.", "{first} wrote: my new one is {}, use it.",
    "Kontakt: {}", "({})", "Data on file - {} - checked by {first}.", "Old: none; new: {}; thanks!",
    "{first} {last}\n{}\nBerlin", "请用{}联系我。", "资料：{}，谢谢", "\"{}\" is what the form said.", "See {} or ask {first}.",
]  # fmt: skip
NEGATIVE = [
    "Order {} was shipped.", "The build id is {}.", "See commit {} for details.", "Part number {}, batch 7.", "订单号{}已发货。",
    "It took {} steps.", "Reference: {}", "ISBN {}", "Invoice {} is due.", "Ticket #{} is closed.",
]  # fmt: skip

Make = Callable[[random.Random], str]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def email(rng: random.Random) -> str:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    forms = [
        f"{first}.{last}",
        f"{first[0]}{last}{rng.randrange(99)}",
        f"{last}_{first}",
        f"{first}+shop",
        first,
    ]
    return f"{rng.choice(forms)}@{rng.choice(HOSTS)}"


def card(rng: random.Random) -> str:
    start, size = rng.choice(
        [
            ("4", 16),
            ("51", 16),
            ("55", 16),
            ("2300", 16),
            ("34", 15),
            ("37", 15),
            ("6011", 16),
            ("3550", 16),
            ("62", 16),
        ]
    )
    body = start + digits(rng, size - 1 - len(start))
    doubled = [
        int(c) if (size - 1 - place) % 2 == 0 else sum(divmod(2 * int(c), 10))
        for place, c in enumerate(body)
    ]
    number = body + str(-sum(doubled) % 10)
    gap = rng.choice(["", " ", "-"])
    return gap.join(number[i : i + 4] for i in range(0, size, 4))


def iban(rng: random.Random) -> str:
    country, size, letters = rng.choice(
        [
            ("DE", 18, 0),
            ("FR", 23, 0),
            ("GB", 18, 4),
            ("NL", 14, 4),
            ("ES", 20, 0),
            ("PL", 24, 0),
            ("CH", 17, 0),
            ("AT", 16, 0),
        ]
    )
    bban = "".join(rng.choices(string.ascii_uppercase, k=letters)) + digits(rng, size - letters)
    value = "".join(str(ord(c) - 55) if c.isalpha() else c for c in bban + country + "00")
    whole = f"{country}{98 - int(value) % 97:02}{bban}"
    return (
        whole if rng.random() < 0.5 else " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))
    )


def us_ssn(rng: random.Random) -> str:
    area = rng.choice([n for n in range(1, 900) if n != 666])
    return f"{area:03}-{rng.randrange(1, 100):02}-{rng.randrange(1, 10000):04}"


def ipv4(rng: random.Random) -> str:
    first = rng.choice([n for n in range(1, 224) if n not in (0, 127)])
    return f"{first}." + ".".join(str(rng.randrange(256)) for _ in range(3))


def ipv6(rng: random.Random) -> str:
    prefix = rng.choice(["2a01", "2607", "2400", "2c0f", "fd12", "fe80"])
    groups = [prefix] + [f"{rng.randrange(1, 65536):x}" for _ in range(7)]
    if rng.random() < 0.5:
        return ":".join(groups[:3]) + "::" + ":".join(groups[6:])
    return ":".join(groups)


def cn_id(rng: random.Random) -> str:
    area = rng.choice(["110105", "310115", "440305", "510107", "330106", "210202"])
    body = f"{area}{rng.randrange(1940, 2010)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{digits(rng, 3)}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11]


def secret(rng: random.Random) -> str:
    letters = string.ascii_letters + string.digits

    def token(count: int) -> str:
        return "".join(rng.choices(letters, k=count))

    jwt = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in
                   ('{"alg":"HS256","typ":"JWT"}', '{"sub":"' + digits(rng, 8) + '"}')) + "." + token(43)  # fmt: skip
    return rng.choice([
        f"sk-{token(48)}", f"sk-proj-{token(80)}", f"ghp_{token(36)}", f"github_pat_{token(22)}_{token(59)}",
        "AKIA" + "".join(rng.choices(string.ascii_uppercase + "234567", k=16)), f"AIza{token(35)}", f"hf_{token(34)}",
        f"xoxb-{digits(rng, 12)}-{digits(rng, 12)}-{token(24)}", f"glpat-{token(20)}", f"sk_live_{token(24)}", jwt,
    ])  # fmt: skip


def phone(rng: random.Random) -> str:
    """With a country's code, or as it is dialled there behind a word that tells."""
    us = f"{rng.choice([212, 415, 617, 312, 206, 303, 512])}-{rng.randrange(200, 999)}-{digits(rng, 4)}"
    area, rest = us[:3], us[4:]
    cn = f"1{rng.choice('3578')}{rng.choice('0235689')}{digits(rng, 8)}"
    return rng.choice([
        f"+1 {us}", f"+1 ({area}) {rest}", f"+86 {cn}", f"+49 30 {rng.randrange(20, 99)}{digits(rng, 6)}",
        f"+44 20 7{digits(rng, 3)} {digits(rng, 4)}", f"+33 6 {rng.randrange(10, 99)} " + " ".join(digits(rng, 2) for _ in range(3)),
        f"phone: {us}", f"call ({area}) {rest}", f"tel. {area}.{rest.replace('-', '.')}", f"手机：{cn}", f"电话 {cn[:3]}-{cn[3:7]}-{cn[7:]}",
        f"mobile 07{rng.randrange(400, 999)} {digits(rng, 6)}",
    ])  # fmt: skip


KINDS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "email": (email, ("personal.email",)),
    "card": (card, ("personal.card",)),
    "iban": (iban, ("personal.iban",)),
    "ssn": (us_ssn, ("personal.us.ssn",)),
    "ipv4": (ipv4, ("personal.ipv4",)),
    "ipv6": (ipv6, ("personal.ipv6",)),
    "cn id": (cn_id, ("personal.cn.id",)),
    "secret": (secret, ("secrets.",)),
    "phone": (phone, ("personal.phone.",)),
}
"""What makes one of a kind, and what its rules begin with."""


def sentence(rng: random.Random, value: str) -> tuple[str, int]:
    """A sentence with the value in it, and where the value begins."""
    frame = rng.choice(SENTENCES)
    before, after = frame.split("{}")
    names = {"first": rng.choice(FIRST).title(), "last": rng.choice(LAST).title()}
    start = before.format(**names)
    return start + value + after.format(**names), len(start)


def _spoilt(make: Make) -> Make:
    """One digit of the number changed: its check digit is wrong."""

    def spoil(rng: random.Random) -> str:
        value = make(rng)
        place = rng.choice(
            [p for p, char in enumerate(value) if char.isdigit() and p > len(value) // 2]
        )
        return (
            f"{value[:place]}{(int(value[place]) + rng.randrange(1, 9)) % 10}{value[place + 1 :]}"
        )

    return spoil


def _hex(size: int) -> Make:
    return lambda rng: "".join(rng.choices("0123456789abcdef", k=size))


NEGATIVES: tuple[Make, ...] = (
    _spoilt(card), _spoilt(iban), _spoilt(cn_id),
    lambda rng: f"{rng.choice(['000', '666'])}-{digits(rng, 2)}-{digits(rng, 4)}",
    lambda rng: f"{rng.randrange(256, 999)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}",
    lambda rng: ".".join(str(rng.randrange(10)) for _ in range(4)),
    lambda rng: f"{rng.randrange(1990, 2030)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
    _hex(40), _hex(32), lambda rng: "-".join(_hex(n)(rng) for n in (8, 4, 4, 4, 12)),
    lambda rng: f"{rng.randrange(10**9)}", lambda rng: f"{rng.uniform(0, 1e6):.2f}", lambda rng: f"A{digits(rng, 7)}",
    lambda rng: f"978-{rng.randrange(10)}-{digits(rng, 4)}-{digits(rng, 4)}-{rng.randrange(10)}",
    lambda rng: f"@{rng.choice(FIRST)}", lambda rng: f"{rng.choice(FIRST)}@localhost", lambda rng: f"logo@{rng.randrange(2, 4)}x.png",
    lambda rng: f"std::{rng.choice(LAST)}::{rng.choice(FIRST)}", lambda rng: f"sk-{rng.choice(LAST)}", lambda rng: f"ghp_{rng.choice(LAST)}",
)  # fmt: skip


def negative(rng: random.Random) -> str:
    """A sentence with something in it that is none of all this."""
    return rng.choice(NEGATIVE).format(rng.choice(NEGATIVES)(rng))
