# ruff: noqa: E501, SIM905
"""What a fictional company has written down about its offices, and questions that differ by split.

`S` stands for the office's town, `A` for what is asked about, `V` for its value: `In Bari the cleaning shift starts at 6:20.`
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Listing:
    """How a fact is written down: the opening and the piece that holds the value."""

    opening: str
    piece: str


@dataclass(frozen=True)
class Theme:
    """One kind of fact that an office keeps.

    Args:
        value: the kind of its values.
        listings: how it is written down.
        entries: what it may be about, each in the words of the passages and in other words that people use for it.
        train, tune, eval: how it is asked about.
    """

    value: str
    listings: tuple[Listing, ...]
    entries: dict[str, tuple[str, ...]]
    train: tuple[str, ...]
    tune: tuple[str, ...]
    eval: tuple[str, ...]


def _theme(value: str, listings: str, entries: str, train: str, tune: str, held: str) -> Theme:
    written = tuple(Listing(*text.split("/")) for text in listings.split("|"))
    words = {entry.split("=")[0]: tuple(entry.split("=")[1].split("/")) for entry in entries.split("|")}
    return Theme(value, written, words, *(tuple(text.split("|")) for text in (train, tune, held)))


THEMES: dict[str, Theme] = {
    "shifts": _theme(
        "clock",
        "In S the /A shift starts at V|Shifts in S: /V A|S works in shifts, /V for A",
        "cleaning=washing/tidying|loading=truck/stacking|sorting=picking/ordering",
        "When does the A shift start in S?|At what time must I be in S for the A shift?|What is the start of the A shift at S?|I am on the A shift in S, when do I begin?|Tell me when the A shift of S starts.|The A shift in S, when is it?",
        "From when does the A shift work in S?|What time is the A shift in S?",
        "At which hour does S begin the A shift?|When do people of the A shift arrive in S?|In S, what is the first minute of the A shift?|Working the A shift at S, when do I start?",
    ),
    "canteen": _theme(
        "euros",
        "The canteen in S charges /V for A|Canteen of S: /A V|In the canteen of S, /V buys A",
        "breakfast=a morning meal/eggs and toast|lunch=a midday meal/food at noon|supper=an evening meal/food at night|coffee=a hot drink/an espresso",
        "What does the canteen in S charge for A?|How much is A in the canteen of S?|What do I pay in the S canteen for A?|The price of A in the canteen at S?|What does A cost in the canteen of S?",
        "How much money for A does the canteen of S want?|In the canteen of S, what is the cost of A?",
        "Which sum does the canteen of S take for A?|How expensive is A in the canteen at S?|If I have A in the S canteen, what do I owe?",
    ),
    "leave": _theme(
        "days",
        "Paid leave in S: /V for A|S grants leave of /V for A|In S the leave for /A is V",
        "a wedding=marrying/a marriage|a move=a new flat/changing homes|a birth=a baby/becoming a parent|an exam=a test/a diploma",
        "How much leave does S grant for A?|How long is the leave for A in S?|What leave do I get in S for A?|For A, how long may I be on leave in S?|What is the leave in S for A?",
        "How many days of leave are due for A in S?|In S, which leave comes with A?",
        "Which leave is given for A in S?|I am taking leave for A in S, how long may it be?|Because of A I need leave in S, how much is there?",
    ),
    "people": _theme(
        "person",
        "In the S office /V is the A|People of the S office: /A V|The S office has /V as A",
        "manager=boss/chief|deputy=vice chief/stand-in|caretaker=janitor/housekeeper|nurse=medic/first aider",
        "Who is the A in the S office?|What is the name of the A of the S office?|Which person is the A in the office of S?|Who works as A in the S office?|Tell me the A of the S office.",
        "Who serves as A at the office in S?|In the S office, who is A?",
        "What is the A of the S office called?|Whom do I meet as the A in the office of S?|I look for the A of the S office, who is it?",
    ),
    "doors": _theme(
        "code",
        "In S the /A door has the code V|Door codes of S: /V A|The doors in S open like this: /V for A",
        "front=main/street|back=rear/yard|garage=car/parking",
        "What is the code of the A door in S?|Which code opens the A door of S?|How do I open the A door in S?|The A door in S, what is its code?|What do I type at the A door of S?",
        "Which digits open the A door of S?|In S, what code has the A door?",
        "I stand at the A door of S, which code do I need?|With which code does the A door in S unlock?|What lets me through the A door of S?",
    ),
    "phones": _theme(
        "code",
        "Extensions in S: /V for A|In S the extension of /A is V|By phone in S, /V reaches A",
        "reception=the front desk/the lobby|payroll=the wage office/the salary team|security=the guards/the watch",
        "What is the extension of A in S?|Which extension reaches A by phone in S?|How do I reach A in S by phone?|By phone, what is the extension for A in S?|Which extension has A in S?",
        "On which extension is A in S?|What do I dial in S to get A, which extension?",
        "I want A in S by phone, what is the extension?|Under which extension can A be reached in S?|What extension do I dial for A at S?",
    ),
    "seats": _theme(
        "people",
        "In S /V fit into the A|Rooms in S: /A for V|The rooms of S take /V in the A",
        "hall=great room/assembly room|library=reading room/book room|studio=film room/recording room",
        "How many people fit into the A in S?|How large is the A among the rooms of S?|What number of seats has the A in S?|For how many people is the A in S?|How many seats are there in the A of S?",
        "What is the number of people in the A of S?|In S, how many does the A hold?",
        "Which number of people can the A in S take?|We meet in the A of S, how many seats are there?|What is the size of the A in S, in people?",
    ),
    "renewal": _theme(
        "years",
        "S replaces /A after V|New equipment in S: every /V for A|In S it takes /V to replace A",
        "laptops=notebooks/computers|phones=mobiles/handsets|chairs=stools/desk seats|screens=monitors/displays",
        "After how long does S replace A?|When are A replaced in S?|How long before A are replaced in S?|How often does S replace A?|How old do A get in S before they are replaced?",
        "What is the time after which S replaces A?|When do new A come to S, replaced after what time?",
        "For how long are A kept until replaced in S?|How much time goes by until S replaces A?|At which age are A replaced in S?",
    ),
    "trips": _theme(
        "euros",
        "For a trip S pays /V for A|Trip allowances of S: /A V|On a trip for S, up to /V for A",
        "a hotel=a room for the night/lodging|a taxi=a cab/a hired car|meals=food/eating|a flight=a plane/air travel",
        "How much does S pay for A on a trip?|What may A cost on a trip for S?|What is the trip allowance for A in S?|On a trip, how much does S give for A?|For A, what is paid on a trip for S?",
        "On trips for S, what is the sum for A?|How expensive can A be on a trip for S?",
        "Which amount does S allow for A during a trip?|I am on a trip for S and need A, what is paid?|On a trip for S, up to what price is A fine?",
    ),
    "deadlines": _theme(
        "days",
        "Deadlines in S: /V for A|In S the deadline for /A is V|The deadlines at S are /V for A",
        "expenses=receipts/claims|invoices=bills/payments due|timesheets=hours worked/working hours",
        "What is the deadline for A in S?|How long is the deadline in S for A?|Within which deadline does S want A?|By which deadline are A due in S?|The deadline of S for A, how long is it?",
        "For A, which deadline has S?|How much time does the deadline for A in S give?",
        "I must hand in A at S, what is the deadline?|What deadline has S set for A?|How many days is the deadline for A at S?",
    ),
    "badges": _theme(
        "colour",
        "Badges in S: /V for A|In S the badge of /A is V|Badge colours at S are /V for A",
        "visitors=guests/callers|drivers=couriers/truckers|trainees=interns/apprentices|builders=workmen/craftsmen",
        "What colour is the badge of A in S?|Which badge do A wear in S?|What is the badge colour for A at S?|In S, which colour is on the badge of A?|Which badge is for A in S?",
        "What badge do A get in S?|In which colour is the badge of A in S?",
        "By which badge colour are A known in S?|What does the badge of A look like in S?|Which colour of badge is given to A in S?",
    ),
    "collection": _theme(
        "weekday",
        "In S the /A are collected on V|Collection days of S: /V A|S has collection on /V for A",
        "parcels=packages/boxes|letters=mail/envelopes|bottles=glass/empties|papers=old documents/cardboard",
        "When are the A collected in S?|On which day are A collected in S?|What is the collection day for A in S?|Which day does S collect A?|For A, when is the collection in S?",
        "What day is the collection of A in S?|When does S have A collected?",
        "On what day of the week are A collected at S?|When is the next collection of A in S?|Which is the day of collection for A in S?",
    ),
}

FIRST = {
    "train": "Anna Bruno Carla Diego Elena Felix Greta Hugo Irina Jonas Karin Lukas Maria Nadia Otto Paula".split(),
    "tune": "Rosa Stefan Tilda Ulrich Vera Walter".split(),
    "eval": "Agnes Boris Clara Dmitri Esther Fabian Gloria Harald Ingrid Julian Kirsten Leon Miriam Norbert Olga Pascal".split(),
}
LAST = {
    "train": "Keller Moreau Rossi Novak Lindqvist Weber Duarte Janssen Kovacs Silva Brandt Olsen Petit Ricci Sauer Tamm".split(),
    "tune": "Urban Vogel Winter Ziegler Aalto Berger".split(),
    "eval": "Caruso Dubois Eklund Fischer Garcia Hoffman Ivanov Jensen Kaminski Lopez Marino Nielsen Orlov Peeters Quist Ramos".split(),
}
COLOURS = {
    "train": "turquoise magenta khaki ochre burgundy navy mint rust".split(),
    "tune": "sand plum cherry".split(),
    "eval": "peach mustard lavender charcoal aqua tan ruby jade".split(),
}
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SITES = {
    "train": (
        "Aachen Aarhus Amiens Antwerp Arezzo Augsburg Avignon Basel Bath Bergen Bilbao Bologna Bonn Braga Bremen Brest Brno Bruges Cadiz "
        "Cardiff Catania Cluj Cork Cordoba Dijon Dover Dresden Dublin Essen Evora Exeter Faro Florence Galway Gdansk Geneva Genoa Ghent "
        "Glasgow Graz Groningen Hanover Helsinki Innsbruck Jena Kassel Kiel Krakow Lausanne Leeds Leiden Leipzig Liege Lille Limerick "
        "Linz Ljubljana Lodz Lucerne Lund Lyon Malaga Malmo Mantua Maribor Metz Milan Modena Munich Nancy Nantes Naples Narvik Odense Oslo"
    ).split(),
    "tune": "Padua Palermo Parma Perugia Pilsen Pisa Porto Potsdam Prague Reims Rennes Riga Rostock Rouen Salzburg Seville Siena Sofia Split Tallinn Tampere Tarragona Tartu Toledo Toulon".split(),
    "eval": (
        "Trieste Trondheim Turin Turku Udine Ulm Uppsala Utrecht Valencia Varna Venice Verona Vienna Vigo Vilnius Warsaw Weimar Worms "
        "Wroclaw York Zadar Zagreb Zaragoza Zurich Almeria Ancona Bari Bergamo Bordeaux Bratislava Budapest Burgos Calais Delft Dundee "
        "Erfurt Gijon Granada Haarlem Kaunas Kosice Lisbon Lubeck Madrid Mainz Marseille Nicosia Oulu Plovdiv Ravenna Rimini Stavanger"
    ).split(),
}
