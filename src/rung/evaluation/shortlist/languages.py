"""Names of languages: `de`, `deu`, `ger`, `German` and `Deutsch` are one; `pt-BR` is Portuguese of one region."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_TABLE: Final = """
af afr afrikaans
am amh amharic
ar ara arabic العربية
as asm assamese
az aze azerbaijani
be bel belarusian
bg bul bulgarian български
bn ben bengali bangla বাংলা
bs bos bosnian
ca cat catalan català
cs ces cze czech čeština
cy cym wel welsh cymraeg
da dan danish dansk
de deu ger german deutsch
el ell gre greek ελληνικά
en eng english
es spa spanish español castilian
et est estonian eesti
eu eus baq basque euskara
fa fas per persian farsi فارسی
fi fin finnish suomi
fr fra fre french français
ga gle irish gaeilge
gl glg galician galego
gu guj gujarati
ha hau hausa
he heb iw hebrew עברית
hi hin hindi हिन्दी
hr hrv croatian hrvatski
hu hun hungarian magyar
hy hye arm armenian
id ind indonesian
ig ibo igbo
is isl ice icelandic íslenska
it ita italian italiano
ja jpn japanese 日本語
jv jav javanese
ka kat geo georgian
kk kaz kazakh
km khm khmer
kn kan kannada
ko kor korean 한국어
ky kir kyrgyz
lo lao
la lat latin
lt lit lithuanian lietuvių
lv lav latvian latviešu
mk mkd mac macedonian
ml mal malayalam
mn mon mongolian
mr mar marathi
ms msa may malay
mt mlt maltese
my mya bur burmese
ne nep nepali
nl nld dut dutch nederlands
no nor nb nob nn nno norwegian norsk bokmål nynorsk
or ory odia
pa pan punjabi
pl pol polish polski
ps pus pashto
pt por portuguese português
ro ron rum romanian română
ru rus russian русский
sd snd sindhi
si sin sinhala
sk slk slo slovak slovenčina
sl slv slovenian slovene slovenščina
so som somali
sq sqi alb albanian shqip
sr srp serbian српски
su sun sundanese
sv swe swedish svenska
sw swa swahili kiswahili
ta tam tamil தமிழ்
te tel telugu తెలుగు
tg tgk tajik
th tha thai ไทย
tl tgl fil tagalog filipino
tr tur turkish türkçe
uk ukr ukrainian українська
ur urd urdu اردو
uz uzb uzbek
vi vie vietnamese
xh xho xhosa
yo yor yoruba
zh zho chi cmn chinese mandarin 中文
zu zul zulu
"""
_CODES: Final = {word: line.split()[0] for line in _TABLE.split("\n") for word in line.split()}
_MANY: Final = frozenset({"multilingual", "multi", "mul", "multiple"})


def same_language(wanted: str, held: str) -> bool | None:
    """Whether a language is the wanted one; None where its region is not told, or only that there are many."""
    if held.strip().casefold() in _MANY:
        return wanted.strip().casefold() in _MANY or None
    code, region = _taken_apart(wanted)
    mine, its = _taken_apart(held)
    if code != mine:
        return False
    if not region or region == its:
        return True
    return False if its else None


@lru_cache(maxsize=4096)
def _taken_apart(text: str) -> tuple[str, str]:
    """The code of a language (its own name where no table has it), and what follows it: `pt-BR` is pt, br."""
    plain = " ".join(text.casefold().split())
    if plain in _CODES:
        return _CODES[plain], ""
    head, _, region = plain.replace("_", "-").partition("-")
    return (_CODES[head], region) if head in _CODES and region else (plain, "")
