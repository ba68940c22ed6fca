# ruff: noqa: E501, SIM905
"""What a fictional company has written down about its offices: statements, and questions that differ by split.

`S` stands for the office's town, `V` for the value. Answers to the letter are the value alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One thing that is known about an office."""

    value: str
    statements: tuple[str, ...]
    train: tuple[str, ...]
    tune: tuple[str, ...]
    eval: tuple[str, ...]


def _topic(value: str, statements: str, train: str, tune: str, held: str) -> Topic:
    return Topic(value, *(tuple(text.split("|")) for text in (statements, train, tune, held)))


TOPICS: dict[str, Topic] = {
    "travel": _topic(
        "euros",
        "The travel allowance in S is V.|In S the travel allowance is V.|The travel allowance in the S office is V per day.",
        "How much do I get per day when I travel for S?|What does S pay for a day on the road?|What is the daily travel money of S?|I am on a business trip for S, what is my allowance?|What is the allowance for travel in S?|Which daily allowance comes with travel for S?",
        "How much is paid for each travel day at S?|What may I spend daily on a trip for S?",
        "Which travel allowance does S grant?|Travelling for S, how much money do I have each day?|What sum covers a day of business travel in S?",
    ),
    "hotel": _topic(
        "euros",
        "The hotel room limit in S is V.|In S the hotel room limit is V.|A hotel room for one night may cost S up to V.",
        "What is the limit for a room at S?|How much may a hotel cost for S?|Up to which price can I book a bed for S?|What does S accept for one night?|What may a hotel room cost in S?|How much is allowed for a hotel night in S?",
        "Which hotel price is allowed at S?|How expensive may a room be for S?",
        "What is the most that a hotel night may cost for S?|For S, how much can I pay for a place to sleep?|Which room rate is fine for S?",
    ),
    "notice": _topic(
        "weeks",
        "The notice period in S is V.|In S the notice period is V.|The notice period at the S office is V.",
        "How long before leaving must I tell S?|What is the period of notice in S?|I want to quit in S, how long does it take?|How much notice does S ask for?|What notice period has S?|How many weeks is the notice in S?",
        "How early must I resign in S?|Which notice does S expect?",
        "When quitting at S, how long is the notice period?|How far ahead do I have to resign at S?|If I leave S, how much notice is due?",
    ),
    "lunch": _topic(
        "euros",
        "The lunch voucher in S is V.|In S the lunch voucher is V.|Lunch vouchers in S are worth V.",
        "What is a meal voucher worth in S?|How much does S add to my meal?|What does S give for food at noon?|How large is the lunch money in S?|What does a lunch voucher in S pay?|How big is the support for lunch in S?",
        "How much is the meal support at S?|What is a voucher for food worth in S?",
        "How much of my lunch does S pay?|What value has a lunch voucher in S?|Eating at noon in S, which sum is covered?",
    ),
    "head": _topic(
        "person",
        "The head of office in S is V.|In S the head of office is V.|The head of the S office is V.",
        "Who runs the office in S?|Who is the boss in S?|Who leads S?|Whom do people in S report to?|Who is head of S?|Who is the office head in S?",
        "Who is the chief of S?|Who manages S?",
        "Who is at the head of S?|What is the name of the manager in S?|Who is in charge of the S office?",
    ),
    "opens": _topic(
        "clock",
        "The opening time in S is V.|In S the opening time is V.|The S office opens at V.",
        "When can I get into the office in S?|At what time does S open?|How early can I start in S?|When do they unlock the doors in S?|When does S open?|What time do the doors open in S?",
        "What is the opening hour in S?|From when is S open?",
        "At which hour do the doors of S open?|What is the earliest time to enter S?|When does the S office open in the morning?",
    ),
    "closes": _topic(
        "clock",
        "The closing time in S is V.|In S the closing time is V.|The S office closes at V.",
        "When is the office in S shut?|At what time must I leave S?|How late can I stay in S?|When does everybody go home in S?|When does S close?|What time does the office close in S?",
        "What is the closing hour in S?|Until when is S open?",
        "At which hour does S close?|What is the latest time to be in the S office?|When do the lights go out in S?",
    ),
    "badge": _topic(
        "colour",
        "The visitor badge in S is V.|In S the visitor badge is V.|Guests of the S office wear a V badge.",
        "What colour is a guest badge in S?|Which badge do I get as a visitor in S?|How do I know a guest in S?|What do visitors in S wear?|What badge do visitors wear in S?|Which colour has the badge of a guest in S?",
        "Which colour marks guests in S?|What badge colour is used in S?",
        "What is the colour of the visitor badge in S?|Visiting S, which badge colour will I have?|By which colour are guests told apart in S?",
    ),
    "room": _topic(
        "room",
        "The largest meeting room in S is V.|In S the largest meeting room is V.|The largest meeting room in S is called V.",
        "Where do large groups meet in S?|What is the big room in S called?|Which room in S seats the most people?|How is the main room of S named?|Which is the largest room in S?|How is the largest meeting room of S called?",
        "Which is the biggest meeting place in S?|What do they call the large room in S?",
        "What is the name of the largest meeting room in S?|Many guests come to S, which room should I book?|How do they call the main meeting room in S?",
    ),
    "door": _topic(
        "code",
        "The door code in S is V.|In S the door code is V.|The door code of the S office is V.",
        "Which digits open the door in S?|What do I type to get in at S?|What is the code for the entrance in S?|Which number do I need to enter S?|Which code opens the door of S?|What code has the side door in S?",
        "What opens the side door of S?|Which code lets me into S?",
        "What is the door code in S?|I stand in front of S, what do I have to type?|Which code is used at the side door of S?",
    ),
    "parking": _topic(
        "count",
        "The parking space count in S is V.|In S the parking space count is V.|There are V parking spaces for cars at the S office.",
        "How many cars fit at S?|How many spaces for cars does S have?|How large is the garage in S?|What room is there for cars in S?|How many spaces for parking has S?|What parking is there in S?",
        "How many can park at S?|What number of cars may stand at S?",
        "How many parking spaces are there in S?|Coming to S by car, how many spaces exist?|What number of cars does the garage of S hold?",
    ),
    "holiday": _topic(
        "days",
        "The holiday in S is V.|In S the holiday is V.|Staff in S have V of holiday per year.",
        "How much time off do I get in S?|How long is the yearly leave in S?|What vacation does S give?|How many days can I be away in S each year?|How much holiday per year does S give?|What is the holiday of staff in S?",
        "How much vacation is there in S?|What leave does S grant?",
        "How much holiday do staff in S have?|What is the yearly vacation in S?|Working in S, how long may I be on leave in a year?",
    ),
    "home": _topic(
        "days",
        "The work from home in S is V.|In S the work from home is V.|People in S may work from home V a week.",
        "How often can I work remotely in S?|How much home office does S allow?|For how long may I stay home each week in S?|What is the remote rule in S?|How long may staff in S work from home?|How many days of work from home has S?",
        "How much remote work is fine in S?|How often do people in S stay home?",
        "How much of the week may I work from home in S?|What does S allow for home office?|Each week, how long is remote work possible in S?",
    ),
    "training": _topic(
        "euros",
        "The training budget in S is V.|In S the training budget is V.|The training budget in S is V per person.",
        "How much can I spend on learning in S?|What does S pay for a course?|How large is the budget for courses in S?|What may a seminar cost in S?|What budget for training has S?|What may a training course in S cost?",
        "What is the learning budget in S?|How expensive can a course be in S?",
        "How high is the training budget in S?|I want to attend a course, what does S pay?|Which sum is there for learning in S?",
    ),
    "phone": _topic(
        "code",
        "The reception extension in S is V.|In S the reception extension is V.|The reception in S has the extension V.",
        "Which number do I call for the reception in S?|How do I phone S?|What is the extension of the desk in S?|How can I ring the front of S?|What is the extension in S?|Which extension reaches the reception in S?",
        "What is the phone number of S?|Whom do I dial to ring S?",
        "What extension has the reception in S?|Which number do I dial for the front desk in S?|How is the reception of S called by phone?",
    ),
    "floor": _topic(
        "count",
        "The office floor in S is V.|In S the office floor is V.|The S office is on floor V.",
        "How high up is the office in S?|Where in the building is S?|Which level is S on?|Where do I leave the lift in S?|What floor is S on?|Which floor has the office in S?",
        "What level has S?|How far up do I go in S?",
        "On which floor is the S office?|Which floor do I take in the lift of S?|In S, on what floor are our rooms?",
    ),
    "printer": _topic(
        "device",
        "The printer in S is V.|In S the printer is V.|The printer in S is named V.",
        "Where do my pages come out in S?|Which machine prints in S?|What is the printer of S called?|How do I get a paper copy in S?|What is the printer in S?|Which printer is there in S?",
        "Which device do I pick for paper in S?|What prints my file in S?",
        "What is the name of the printer in S?|Where should I send print jobs in S?|Which printer do I choose in S?",
    ),
    "canteen": _topic(
        "weekday",
        "The closed day of the canteen in S is V.|In S the closed day of the canteen is V.|The canteen in S is closed on V.",
        "When can I not eat in S?|Which day has no food in S?|On what day do the cooks of S rest?|When is the kitchen of S shut?|When is the canteen in S closed?|What day is the canteen of S off?",
        "What day is the kitchen closed in S?|When does nobody cook in S?",
        "On which day is the canteen in S closed?|Which day are the cooks in S off?|When is there no meal in the canteen of S?",
    ),
    "deadline": _topic(
        "days",
        "The time for expenses in S is V.|In S the time for expenses is V.|Expenses in S must be handed in within V.",
        "How long do I have for my expenses in S?|How old may a receipt be in S?|By when must a claim reach S?|When are receipts too late for S?|When are expenses due in S?|How long may expenses wait in S?",
        "How fast must I hand in a receipt in S?|What time is left for claims in S?",
        "Within what time are expenses due in S?|How long after a trip does S take claims?|What age of receipts does S accept?",
    ),
    "laptop": _topic(
        "years",
        "The age limit for laptops in S is V.|In S the age limit for laptops is V.|Laptops in S are replaced every V.",
        "How often do I get a new computer in S?|How long do I use my machine in S?|When does S give out new computers?|How old do computers get in S?|When are laptops in S replaced?|How old do laptops get in S?",
        "How long does a computer serve in S?|When is my machine in S replaced?",
        "After how long are laptops replaced in S?|How long does a laptop last in S?|Which age does a laptop reach in S?",
    ),
    "pickup": _topic(
        "clock",
        "The courier time for parcels in S is V.|In S the courier time for parcels is V.|Parcels in S are picked up at V.",
        "When does the mail go out in S?|By what time must a box be ready in S?|When is the courier in S?|At what time can I send a box from S?|When does the courier get parcels in S?|What time do parcels leave S?",
        "What time is the mail collected in S?|When do boxes leave S?",
        "At which time are parcels picked up in S?|When does the courier come to S?|At what hour does post leave S?",
    ),
    "bike": _topic(
        "euros",
        "The bike support in S is V.|In S the bike support is V.|The S office supports a bike with V.",
        "What do I get for a new cycle in S?|How much does S add when I ride to work?|What is the help for cyclists in S?|How large is the bike support in S?|What support is there for a bike in S?|What do I receive for my bike in S?",
        "What does S pay towards a cycle?|How much is there for riders in S?",
        "With how much does S support a bike?|I buy a bike in S, what do I receive?|Which sum do cyclists in S get?",
    ),
    "aid": _topic(
        "person",
        "The first aider in S is V.|In S the first aider is V.|The first aider in S is V.",
        "Who helps if I am hurt in S?|Whom do I call after an accident in S?|Who has the bandages in S?|Who is trained for injuries in S?|Who can give first aid in S?|Which first aider does S have?",
        "Who comes when somebody in S bleeds?|Who knows what to do about a wound in S?",
        "Who is the first aider in S?|Someone is hurt in S, whom do I call?|Who gives first aid at S?",
    ),
    "probation": _topic(
        "months",
        "The trial period in S is V.|In S the trial period is V.|The trial period in S lasts V.",
        "How long is probation in S?|How long am I tested in S?|When is a new job in S safe?|What is the probation time in S?|How long is the trial in S?|What trial period has S?",
        "How long does S test new people?|What probation does S have?",
        "How long does the trial period last in S?|I am new in S, how long am I on trial?|With how much trial does a contract start in S?",
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
ROOMS = {
    "train": "Kepler Curie Newton Darwin Pasteur Volta Galilei Hertz Planck Euler Gauss Mendel".split(),
    "tune": "Faraday Ampere Kelvin Tesla".split(),
    "eval": "Bohr Fermi Hubble Turing Lovelace Noether Riemann Fourier Celsius Ohm Laplace Humboldt".split(),
}
COLOURS = {
    "train": "turquoise magenta khaki ochre burgundy navy mint rust".split(),
    "tune": "sand plum cherry".split(),
    "eval": "peach mustard lavender charcoal aqua tan ruby jade".split(),
}
DEVICES = {
    "train": "Papyrus Gutenberg Quill Inkwell Parchment Stylus Scribe Vellum".split(),
    "tune": "Folio Ledger Codex".split(),
    "eval": "Bodoni Garamond Helvetica Times Caslon Baskerville Didot Futura".split(),
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
