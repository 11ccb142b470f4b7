"""The countries whose phone numbers can be known, by ISO 3166's two letters. Knows no number."""

from desktop_llm.core.errors import SettingError

# Those of phonenumbers, which core does not import; a test holds them together.
_REGIONS = (
    "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT "
    "BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER "
    "ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE "
    "IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV "
    "LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK "
    "SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA "
    "VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
REGIONS = frozenset(_REGIONS.split())


def read_region(text: str) -> str:
    """The letters as they are looked up, however they were written: " de" is DE."""
    return text.strip().upper()


def check_region(text: str) -> None:
    """Raise SettingError where `text` is neither empty nor a country whose numbers are known."""
    region = read_region(text)
    if region and region not in REGIONS:
        raise SettingError(
            "{text} is not the two letters of a country.",
            todo="Write US, CN, DE or those of another country; GB is the United Kingdom.",
            text=text,
        )
