"""Nothing personal gets past here: texts are masked (phones of callers: see ``callers``).

Masked in texts: mobile and landline numbers, ID cards (18 and 15 digits), bank
cards, number plates, e-mail, QQ and WeChat accounts, passports, US phones and
social security numbers. Left alone: order numbers, amounts, dates, house numbers,
public hotlines (12345, 400-…). The text is searched in a folded copy of the same
length (full-width forms, Chinese numerals), so that the rest stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from words import say

Span = tuple[int, int, str]

_NUMERALS = dict(
    zip(
        "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖",
        "00012345678911234567 89".replace(" ", ""),
        strict=True,
    )
)
FOLD = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
FOLD |= {ord("０") + i: str(i) for i in range(10)}
FOLD |= {0x2460 + i: str(i + 1) for i in range(9)} | {0x24EA: "0"}
_SPOKEN = {ord(char): digit for char, digit in _NUMERALS.items()}
# What people put between digits: spaces, dashes, dots, bars, invisible characters, keycaps.
_GAP = r"[\s\-–—−―_.·・•*~/|()\u200b-\u200f\u2060\ufeff\u00ad\ufe0f\u20e3]{0,3}"
_RUN = re.compile(rf"(?:\+{_GAP})?\(?\d(?:{_GAP}\d){{6,}}(?:{_GAP}[Xx](?![A-Za-z0-9]))?")
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d{2})(?!\d)"
    r"(?:[T\s]+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_PHONE_WORD = re.compile(
    r"(?:电话|手机|联系方式|联系|致电|拨打|来电|座机|固话|号码|微信|tel\.?|phone|mobile|cell|call|contact|fax|传真|☎|📞)"
    r"[^\d]{0,8}$",
    re.IGNORECASE,
)
_CARD_WORD = re.compile(
    r"(?:银行卡|卡号|账号|账户|帐号|户头|card|account)[^\d]{0,8}$", re.IGNORECASE
)
_ID_WORD = re.compile(r"(?:身份证|证件|身份号|公民号)[^\d]{0,8}$")
_NUMBER_WORD = re.compile(
    r"(?:工单|订单|受理|案件|单|编|文|快递|运单|流水|案|case|ticket|order|request|sr)"
    r"\s*(?:编)?(?:号|码|no\.?|number|id|#)+[为是:：#\s]*$",
    re.IGNORECASE,
)
_NAME, _HOST = (
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}",
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?",
)
_EMAIL = re.compile(
    rf"{_NAME}(?:@|\(at\)|\[at\]){_HOST}(?:\.[A-Za-z0-9-]{{2,24}}){{0,3}}\.[A-Za-z]{{2,24}}"
    # with spaces only before a known ending: "corner of Main St. @ Elm. Please"
    rf"|{_NAME}\s?(?:@|\(at\)|\[at\])\s?{_HOST}(?:\s?\.\s?[A-Za-z0-9-]{{2,24}}){{0,2}}"
    r"\s?\.\s?(?:com|cn|net|org|edu|gov|hk|tw|mo|io|info|vip|top)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"(?:WJ\s?)?[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"
    r"\s?[A-Za-z][\s·.•・\-]{0,2}"
    r"(?:(?=(?:[A-Za-z]*\d){3})[A-Za-z0-9]{5,6}(?![A-Za-z0-9])|"
    r"(?=(?:[A-Za-z]*\d){2})[A-Za-z0-9]{4}[学警港澳挂试超领使])"
)
_US_PLATE = re.compile(
    r"(?i:\b(?:licen[cs]e\s+)?(?:plate|plt|tag|lic)\b\.?(?:\s*(?:no\.?|number|num|#|is|reads|:|=|ma|mass))*\s*)"
    r"(?P<value>(?=[A-Z0-9 -]*\d)[A-Z0-9]{2,4}(?:[ -]?[A-Z0-9]{2,4})?)(?![A-Za-z0-9])"
)
_ACCOUNT = re.compile(
    r"(?i:qq|q\s?q号|扣扣)\s*(?:号码|号|群)?\s*(?:是|为|[:：])?\s*(?P<value>[1-9]\d{4,10})(?!\d)"
)
_WECHAT = re.compile(
    r"(?i:微信号?|weixin|wechat|vx|wx)\s*(?:号|id)?\s*(?:是|为|[:：])\s*(?P<value>[A-Za-z][\w-]{5,19})",
    re.ASCII,
)
_PASSPORT = re.compile(
    r"(?i:护照|passport)[^A-Za-z0-9]{0,6}(?:no\.?\s*)?(?P<value>[A-Za-z]{1,2}\d{7,8})(?!\d)"
)
# area codes: 010 and 02x with eight digits, others with seven or eight
_AREA = re.compile(r"0(?:10|2\d)[2-8]\d{7}|0[3-9]\d{2}[2-8]\d{6,7}")
_LOOKALIKE = re.compile(r"(?<![A-Za-z0-9])[1lI|][3-9][0-9OoIl]{9}(?![A-Za-z0-9])")
# The cheap look (RE2, unfolded text): could any of the above be here at all?
_ANY_DIGIT = "0-9０-９〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖①-⑨⓪"
_ANY_GAP = (
    r"[\s\p{Z}\x{1c}-\x{1f}\x{85}\-–—−―_.·・•*~/|()+\x{200b}-\x{200f}\x{2060}\x{feff}\x{ad}\x{fe0f}\x{20e3}"
    r"－．／（）～｜＊＿＋]{0,3}"
)
_SUSPECT = (
    rf"(?:[{_ANY_DIGIT}]{_ANY_GAP}){{7}}"
    r"|[@＠]|[(（\[［][aAａＡ][tTｔＴ][)）\]］]"
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][\s\p{Z}]?[A-Za-zＡ-Ｚａ-ｚ]"
    r"[^\p{Han}]{0,3}[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
    r"|(?i:plate|plt|lic|tag|q\s?q|ｑｑ|扣扣|微信|weixin|wechat|vx|wx|护照|passport)"
    r"|[1lI|][3-9][0-9OoIl]{9}|[１ｌＩ]"
)
# first two digits of an ID card: provinces (GB/T 2260)
_PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_MONEY = frozenset(".元万亿%")  # what follows an amount
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask_text(text: str) -> str:
    """The text with everything personal replaced by a short label in its own language.

    Masking a masked text changes nothing.
    """
    folded = text.translate(FOLD)
    if len(folded) != len(text):  # cannot happen: every folding is one to one
        folded = text
    spans = sorted(_spans(folded), key=lambda s: (s[0], -s[1]))
    if not spans:
        return text
    lang = "zh" if any("一" <= char <= "鿿" for char in text) else "en"
    out, place = [], 0
    for start, end, kind in spans:
        if start < place:
            continue
        out += [text[place:start], say(f"import.mask.{kind}", lang)]  # type: ignore[arg-type]
        place = end
    return "".join([*out, text[place:]])


def mask_array(texts: pa.Array) -> pa.Array:
    """:func:`mask_text` over a string column; only suspicious texts are looked at closely."""
    hits = pc.match_substring_regex(texts, _SUSPECT)
    if not pc.any(hits).as_py():
        return texts
    chosen = texts.filter(pc.fill_null(hits, False)).dictionary_encode()
    table = pa.array([mask_text(text) for text in chosen.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, pc.fill_null(hits, False), table.take(chosen.indices))


def _spans(text: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(text):
        yield found.start(), found.end(), "email"
    for found in _PLATE.finditer(text):
        yield found.start(), found.end(), "plate"
    for pattern, kind in (
        (_US_PLATE, "plate"),
        (_ACCOUNT, "account"),
        (_WECHAT, "account"),
        (_PASSPORT, "id"),
    ):
        for found in pattern.finditer(text):
            if pattern is not _US_PLATE or _is_us_plate(found.group("value")):
                yield found.start("value"), found.end("value"), kind
    for found in _LOOKALIKE.finditer(text):
        if 5 <= sum(char.isdigit() for char in found.group()) < 11:
            yield found.start(), found.end(), "phone"
    # Dates are hidden first: "2026-10-03 13…" must not lend its digits to a neighbour.
    plain = _DATE.sub(lambda m: "§" * len(m.group()), text)
    yield from _numbers(plain)
    spoken = plain.translate(_SPOKEN)
    if spoken != plain:
        yield from (span for span in _numbers(spoken) if span[2] in ("phone", "id"))


def _numbers(text: str) -> Iterator[Span]:
    for found in _RUN.finditer(text):
        start, end = found.span()
        if found.group().startswith("(") and ")" not in found.group():
            start += 1  # the bracket opens a remark, not an area code
        kind = _kind(found.group(), text[max(0, start - 16) : start], text[end : end + 1])
        if kind:
            yield start, end, kind
        else:
            yield from _inner(found.group(), start, text)


def _inner(run: str, start: int, text: str) -> Iterator[Span]:
    """A run of several numbers ("13800138000 13900139000"): look at each part."""
    parts = [(m.start(), m.group()) for m in re.finditer(r"\d+[Xx]?", run)]
    if len(parts) < 2:
        return
    index = 0
    while index < len(parts):
        for last in range(len(parts) - 1, index - 1, -1):
            begin, end = parts[index][0], parts[last][0] + len(parts[last][1])
            piece = run[begin:end]
            if last - index < len(parts) - 1 and _splits_well(run, begin, end):
                before = text[max(0, start + begin - 16) : start + begin]
                kind = _kind(piece, before, "")
                if kind:
                    yield start + begin, start + end, kind
                    index = last
                    break
        index += 1


def _splits_well(run: str, begin: int, end: int) -> bool:
    """Numbers stand apart by more than the gap inside them: a space, slash or bar."""
    left, right = run[:begin], run[end:]
    return (not left or left[-1] in " /|\n\t(*~\u3000") and (
        not right or right[0] in " /|\n\t)*~\u3000"
    )


def _kind(run: str, before: str, after: str) -> str | None:
    """What a run of digits is, or ``None`` when it may stay."""
    groups = [len(g) for g in re.findall(r"\d+", run)]
    digits = re.sub(r"\D", "", run)
    count = len(digits)
    if _NUMBER_WORD.search(before) and len(groups) == 1:
        return None
    bare = re.sub(r"^(?:0086|86)(?=1[3-9]\d{9}$)", "", digits)
    if re.fullmatch(r"1[3-9]\d{9}", bare) and after not in _MONEY:
        return "phone"
    number = digits + "X" if run[-1] in "Xx" else digits
    if (len(number) in (15, 18) and _is_id(number, before)) or (
        groups == [3, 2, 4] and "." not in run
    ):
        return "id"
    if _is_landline(digits, groups, run, before) or _is_us_phone(digits, groups, before):
        return "phone"
    whole = len(groups) == 1 or set(groups[:-1]) == {4} or groups == [4, 6, 5]
    told = "." not in run and _CARD_WORD.search(before)
    carded = 12 <= count <= 19 and (told or (whole and _is_card(digits)))
    return "card" if carded else None


def _is_landline(digits: str, groups: list[int], run: str, before: str) -> bool:
    told = _PHONE_WORD.search(before)
    if re.fullmatch(r"(?:00)?86[1-9]\d{9,10}", digits) and run.lstrip("(").startswith(("+", "00")):
        return True
    if _AREA.fullmatch(digits) and (groups[0] in (3, 4) or len(groups) == 1 or max(groups) <= 4):
        return "." not in run or bool(told)
    if not told or digits[0] not in "2345678":
        return False
    if len(digits) == 8:  # "call 2400-2450 Beacon St" is a house: eight digits need a Chinese word
        return groups in ([8], [4, 4]) and not told.group().isascii()
    return groups in ([7], [3, 4])


def _is_us_plate(value: str) -> bool:
    return any(char.isdigit() for char in value) and sum(char.isalnum() for char in value) >= 4


def _is_us_phone(digits: str, groups: list[int], before: str) -> bool:
    bare = digits[1:] if len(digits) == 11 and digits[0] == "1" and groups[:1] == [1] else digits
    if not re.fullmatch(r"[2-9]\d{2}[2-9]\d{6}", bare):
        return False
    if bare[:3] in ("400", "800"):  # hotlines, public in China and in America
        return False
    return groups[-3:] == [3, 3, 4] or bool(_PHONE_WORD.search(before))


def _is_id(number: str, before: str) -> bool:
    """A Chinese ID card number: 18 (GB 11643-1999) or the old 15 digits."""
    if not _PROVINCES.fullmatch(number[:2]):
        return False
    told = bool(_ID_WORD.search(before))
    birth = number[6:14] if len(number) == 18 else "19" + number[6:12]
    try:
        born = date(int(birth[:4]), int(birth[4:6]), int(birth[6:8]))
    except ValueError:
        return told
    today = date.today()
    if not 1880 <= born.year <= today.year:
        return told
    if len(number) == 15:
        return told or born.year >= 1930
    check = "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, number, strict=False)) % 11]
    return told or check == number[17].upper() or today.year - born.year >= 10


def _is_card(digits: str) -> bool:
    """A bank card: length, issuer range and Luhn's check digit (ISO/IEC 7812)."""
    if not 15 <= len(digits) <= 19 or not re.match(r"62|4|5[1-5]|3[47]|9[0-9]{2}|60", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
