"""Names of people and schools, from several languages."""
# ruff: noqa: RUF001 - letters of many languages

import unicodedata
from random import Random

GIVEN_NAMES = (
    "Aaliyah", "Agnieszka", "Åke", "Amina", "Anaïs", "Ándrea", "Ásdís", "Ayşe", "Bartłomiej",
    "Björn", "Božena", "Caoimhe", "Chloé", "Đức", "Elif", "Emil", "Eszter", "Fatima", "Félix",
    "Freya", "Georgios", "Günther", "Håkon", "Hòa", "Ibrahim", "Inés", "Ivana", "Jakob", "João",
    "José", "Jürgen", "Kaja", "Karl", "Khadija", "Léa", "Linnéa", "Łukasz", "Maëlle", "Magnus",
    "Małgorzata", "Mehmet", "Mikkel", "Nadia", "Niamh", "Noah", "Oisín", "Øyvind", "Pénélope",
    "Petra", "Rahel", "Renée", "Saoirse", "Sigríður", "Siobhán", "Søren", "Sofía", "Thảo",
    "Tomáš", "Ülo", "Yusuf", "Zoë", "Žofie", "Олена", "Ελένη", "יעל", "ليلى",
)  # fmt: skip
SURNAMES = (
    "Ångström", "Bjørnstad", "Çelik", "Ćwikła", "D'Angelo", "Đặng", "Dvořák", "Eriksson",
    "Fjeld", "Gómez", "Grönholm", "Haddad", "Håkansson", "Hernández", "Ibáñez", "Jørgensen",
    "Kamiński", "Kovač", "Kowalczyk", "Kähkönen", "Larsen", "Lefèvre", "MacDonald", "Mäkinen",
    "Müller", "Mwangi", "Nguyễn", "Nowak", "Núñez", "Ó Briain", "O'Sullivan", "Öztürk", "Papadopoulos",
    "Pérez", "Popović", "Rasmussen", "Rossi", "Sánchez", "Sæther", "Schröder", "Şahin",
    "Sjöberg", "Smith-Lindgren", "Svensson", "Szabó", "Þórsdóttir", "Tremblay", "Trần", "Tóth",
    "Umarova", "van der Berg", "Vesterinen", "von Hagen", "Wójcik", "Yılmaz", "Zając", "Żuraw",
    "Šimůnek", "Ødegård", "Шевченко", "Παππάς", "כהן", "الخطيب",
)  # fmt: skip
SCHOOLS = (
    "Granskolan", "Ekbacken School", "Fjordvik School", "Lycée des Tilleuls", "Kalvø School",
    "Birkelunden School", "Ängsskolan", "Szkoła Podstawowa nr 7",
)  # fmt: skip
INSTITUTIONS = (
    ("Hagastad Municipality", "Sweden", "hagastad.example"),
    ("Nordvik University College", "Norway", "nordvik.example"),
    ("Collège Saint-Aubin", "France", "saint-aubin.example"),
    ("Miasto Brzozów", "Poland", "brzozow.example"),
)
STREETS = (
    "Björkvägen", "Kirkegata", "Rue de l'Église", "ul. Lipowa", "Skolgatan", "Østre vei", "Mill Lane",
)  # fmt: skip

_SPELLED = {
    "Олена": "olena", "Ελένη": "eleni", "יעל": "yael", "ليلى": "layla", "Шевченко": "shevchenko",
    "Παππάς": "pappas", "כהן": "cohen", "الخطيب": "alkhatib",
}  # fmt: skip
_LETTERS = str.maketrans({
    "ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss",
})  # fmt: skip


def spell_plainly(name: str) -> str:
    """Write a name as it stands in an e-mail address: ``Łukasz Ó Briain``, ``lukasz.obriain``.

    Args:
        name: Given name, a space, surname.
    """
    given, _, surname = name.partition(" ")
    return f"{fold(given)}.{fold(surname)}"


def fold(part: str) -> str:
    """Leave only lower-case ASCII letters and digits of a name: ``Ängsskolan``, ``angsskolan``.

    Args:
        part: One part of a name, or the name of a school.
    """
    lowered = _SPELLED.get(part, part).lower().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalnum())


class NameGiver:
    """Gives the people of one school names that differ, as long as there are any left.

    Args:
        chance: Decides.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._given: set[str] = set()

    def surname(self) -> str:
        """Give a family's name."""
        return self._chance.choice(SURNAMES)

    def name(self, surname: str) -> str:
        """Give a full name that nobody in the school has yet, if one is found soon.

        Args:
            surname: The family's name.
        """
        full_name = ""
        for _ in range(20):
            full_name = f"{self._chance.choice(GIVEN_NAMES)} {surname}"
            if full_name not in self._given:
                break
            surname = self._chance.choice(SURNAMES)
        self._given.add(full_name)
        return full_name

    def reserve(self, full_name: str) -> None:
        """Keep a name for somebody.

        Args:
            full_name: Nobody else in the school will have it.
        """
        self._given.add(full_name)
