"""Check digits of numbers that name persons, cards and accounts. Pure arithmetic; finds nothing.

Each takes the number with or without its separators and tells whether it can be real. Sources: ISO/IEC
7812 (Luhn), ISO 13616 (IBAN), ISO 7064 (mod 11-2), Verhoeff 1969, and the issuers' own descriptions.
"""

import datetime

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip

# Issuer ranges: first digits from, to, and the lengths that are issued.
_CARDS = (
    ("4", "4", (13, 16, 19)), ("51", "55", (16,)), ("2221", "2720", (16,)), ("34", "34", (15,)),
    ("37", "37", (15,)), ("6011", "6011", (16, 17, 18, 19)), ("644", "659", (16, 17, 18, 19)),
    ("3528", "3589", (16, 17, 18, 19)), ("300", "305", (14,)), ("36", "36", (14,)), ("38", "39", (14,)),
    ("62", "62", (16, 17, 18, 19)), ("81", "81", (16,)), ("2200", "2204", (16, 17, 18, 19)),
    ("50", "50", (16, 17, 18, 19)), ("56", "58", (16, 17, 18, 19)), ("60", "60", (16,)),
)  # fmt: skip

_VERHOEFF_D = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def digits(text: str) -> str:
    """The ASCII digits of a text."""
    return "".join(char for char in text if "0" <= char <= "9")


def compact(text: str) -> str:
    """The ASCII letters and digits of a text, letters large."""
    return "".join(char for char in text if char.isascii() and char.isalnum()).upper()


def luhn(text: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, the sum divisible by ten."""
    total = 0
    for place, char in enumerate(reversed(digits(text))):
        value = int(char) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def card(text: str) -> bool:
    """A payment card: a range and length that are issued, the check digit, not one digit over and over."""
    number = digits(text)
    issued = any(
        low <= number[: len(low)] <= high and len(number) in lengths
        for low, high, lengths in _CARDS
    )
    return issued and len(set(number)) > 1 and luhn(number)


def iban(text: str) -> bool:
    """ISO 13616: the country's length, and 1 modulo 97."""
    number = compact(text)
    if IBAN_LENGTHS.get(number[:2]) != len(number):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def us_ssn(text: str) -> bool:
    """A US social security number (areas 001 to 899 without 666), or a taxpayer number (9xx)."""
    number = digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    if len(number) != 9 or area in ("000", "666") or serial == "0000" or len(set(number)) == 1:
        return False
    if area[0] == "9":  # ITIN
        return 50 <= int(group) <= 65 or 70 <= int(group) <= 88 or int(group) in range(90, 100)
    return group != "00" and number not in ("078051120", "123456789")


def cn_id(text: str) -> bool:
    """A Chinese resident identity number: a real date, and GB 11643's check (ISO 7064 mod 11-2)."""
    number = compact(text)
    if len(number) != 18 or number[0] not in "12345678" or not _date(number[6:14]):
        return False
    total = sum(int(char) * pow(2, 17 - place, 11) for place, char in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17]


def _date(text: str) -> bool:
    """YYYYMMDD, a day between 1900 and today."""
    try:
        day = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return day.year >= 1900 and day <= datetime.date.today()


def uk_nino(text: str) -> bool:
    """A UK national insurance number: not one of the prefixes that are never given."""
    return compact(text)[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def uk_nhs(text: str) -> bool:
    """An NHS number: ten digits, weighted sum modulo 11."""
    number = digits(text)
    if len(number) != 10:
        return False
    check = (11 - sum(int(c) * (10 - p) for p, c in enumerate(number[:9])) % 11) % 11
    return check == int(number[9])


def in_aadhaar(text: str) -> bool:
    """An Indian Aadhaar number: twelve digits, Verhoeff's check."""
    number = digits(text)
    state = 0
    for place, char in enumerate(reversed(number)):
        state = int(_VERHOEFF_D[state][int(_VERHOEFF_P[place % 8][int(char)])])
    return len(number) == 12 and number[0] not in "01" and state == 0


def de_steuer_id(text: str) -> bool:
    """A German tax number: eleven digits, one of the first ten comes twice or thrice, mod 11-10."""
    number = digits(text)
    if len(number) != 11 or number[0] == "0" or len(set(number[:10])) not in (8, 9):
        return False
    product = 10
    for char in number[:10]:
        product = ((int(char) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[10])


def fr_nir(text: str) -> bool:
    """A French social security number: month and the key modulo 97."""
    number = compact(text)
    if len(number) != 15:
        return False
    body = number[:13].replace("2A", "19").replace("2B", "18")
    if not body.isdigit() or not number[13:].isdigit() or not 1 <= int(number[3:5]) <= 12:
        return False
    return 97 - int(body) % 97 == int(number[13:])


def es_nif(text: str) -> bool:
    """A Spanish DNI or NIE: its letter is the number modulo 23."""
    number = compact(text)
    body = number[:-1].translate(str.maketrans("XYZ", "012"))
    return body.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23] == number[-1]


def it_codice_fiscale(text: str) -> bool:
    """An Italian tax code: its last letter from the values of odd and even places."""
    number = compact(text)
    odd = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True))
    odd |= dict(zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    ))  # fmt: skip
    total = sum(odd[char] for char in number[0:15:2])
    total += sum(int(c) if c.isdigit() else ord(c) - 65 for c in number[1:15:2])
    return len(number) == 16 and chr(65 + total % 26) == number[15]


def pl_pesel(text: str) -> bool:
    """A Polish PESEL: eleven digits, weights 1 3 7 9."""
    number = digits(text)
    total = sum(int(char) * (1, 3, 7, 9)[place % 4] for place, char in enumerate(number[:10]))
    return len(number) == 11 and (10 - total % 10) % 10 == int(number[10])


def br_cpf(text: str) -> bool:
    """A Brazilian CPF: eleven digits, two check digits modulo 11."""
    number = digits(text)
    if len(number) != 11 or len(set(number)) == 1:
        return False
    return all(
        sum(int(c) * (end + 1 - p) for p, c in enumerate(number[:end])) * 10 % 11 % 10
        == int(number[end])
        for end in (9, 10)
    )


def kr_rrn(text: str) -> bool:
    """A Korean resident number: a real date of birth in the century its seventh digit says."""
    number = digits(text)
    century = "18" if number[6] in "90" else "19" if number[6] in "1256" else "20"
    return len(number) == 13 and _date(century + number[:6])
