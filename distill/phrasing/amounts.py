"""Numbers as people write them: "1.7l", "1,7 L", "one and a half liters", "€40", "40 bucks"."""

from random import Random

from agent.plan import number_text
from distill.phrasing.bank import AmountStyle, MoneyStyle, MoneyWords, bank
from distill.phrasing.units import unit_words

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def amount(number: float, unit: str, style: AmountStyle, rng: Random) -> str:
    """A number with its unit; a bare number where there is none."""
    figure = _comma(number) if style == "comma" else number_text(number)
    if not unit:
        return spelled(number) or figure if style in ("spelled", "words") and 1 <= number <= 12 else figure
    words = unit_words(unit)
    half = style == "spelled" and number == 0.5
    long = rng.choice(words.one if number == 1 or half else words.many)
    if style == "spelled" and spelled(number):
        return f"{spelled(number)} {long}"
    if style == "glued":
        return f"{figure}{rng.choice(words.glued)}"
    short = rng.choice(words.blank)
    plain = style in ("words", "spelled") or (number == 1 and short in words.many)
    return f"{figure} {long if plain else short}"


def money(number: float, currency: str, style: MoneyStyle, rng: Random) -> str:
    """An amount of money; a currency without words of its own is written by its code."""
    words = bank().money.get(currency) or MoneyWords(
        before=(f"{currency} ",), after=(f" {currency}",), one=currency, many=(currency,)
    )
    figure = _grouped(number, rng)
    match style:
        case "before":
            return f"{rng.choice(words.before)}{figure}"
        case "after":
            return f"{figure}{rng.choice(words.after)}"
        case "spelled" if spelled(number):
            return f"{spelled(number)} {words.one if number == 1 else rng.choice(words.many)}"
        case "bare":
            return number_text(number)
        case "comma":
            return f"{number_text(number)},- {words.after[0].strip()}"
        case "code":
            return f"{figure} {currency}"
        case _:
            return f"{figure} {rng.choice(words.many)}"


def spelled(number: float) -> str:
    """A number in words up to 9999, with halves; empty for others."""
    if number < 0 or number >= 10_000:
        return ""
    whole, rest = int(number), number - int(number)
    if rest == 0.5:
        return f"{_whole(whole)} and a half" if whole else "half a"
    return _whole(whole) if rest == 0 else ""


def written(number: float) -> set[str]:
    """Every way in which a number may stand in a text, lower-case."""
    figure = number_text(number)
    forms = {figure, figure.replace(".", ","), _comma(number), f"{number:,.0f}" if number >= 1000 else figure}
    forms |= {f"{number:.2f}", f"{number:.1f}"} if number != int(number) else set()
    words = spelled(number)
    return {f for f in (*forms, words, words.replace("-", " "), words.replace(" and ", " ")) if f}


def _whole(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    above, below = divmod(number, size)
    link = " and " if 0 < below < 100 else " "
    return f"{_whole(above)} {name}{f'{link}{_whole(below)}' if below else ''}"


def _comma(number: float) -> str:
    return number_text(number).replace(".", ",")


def _grouped(number: float, rng: Random) -> str:
    return (
        f"{number:,.0f}"
        if number >= 1000 and number == int(number) and rng.random() < 0.4
        else number_text(number)
    )
