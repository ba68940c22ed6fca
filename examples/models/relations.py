# ruff: noqa: E501
"""Relations of the pretraining mix: how a fact is stated and how it is asked for.

`S` stands for the subject and `V` for the value. The last statement and the last question of every relation are kept
for the held-out probe and never trained on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """A way to say and to ask one thing about a subject."""

    subject: str
    value: str
    statements: tuple[str, ...]
    questions: tuple[str, ...]


def _relation(subject: str, value: str, statements: str, questions: str) -> Relation:
    return Relation(subject, value, tuple(statements.split("|")), tuple(questions.split("|")))


RELATIONS: tuple[Relation, ...] = (
    _relation(
        "person",
        "place",
        "S lives in V.|S has a home in V.|V is where S lives.|The home of S is in V.",
        "Where does S live?|In which town does S live?|Where is the home of S?|What town is S living in?",
    ),
    _relation(
        "person",
        "place",
        "S was born in V.|S came into the world in V.|V is the birthplace of S.|The birthplace of S is V.",
        "Where was S born?|What is the birthplace of S?|In which town was S born?|Where did S come into the world?",
    ),
    _relation(
        "person",
        "job",
        "S works as a V.|S is a V by trade.|S earns a living as a V.|The trade of S is V.",
        "What does S do for a living?|What is the job of S?|What does S work as?|What is the trade of S?",
    ),
    _relation(
        "person",
        "org",
        "S works for V.|S is employed by V.|V employs S.|The employer of S is V.",
        "Who employs S?|Where is S employed?|Which company does S work for?|What is the employer of S?",
    ),
    _relation(
        "person",
        "instrument",
        "S plays the V.|S is learning the V.|The V is what S plays.|S has played the V for years.",
        "What does S play?|Which instrument does S play?|What instrument is played by S?|Which instrument belongs to S?",
    ),
    _relation(
        "person",
        "food",
        "S likes V most.|The favourite food of S is V.|S eats V every day.|V is what S loves to eat.",
        "What is the favourite food of S?|What does S eat?|Which food does S like most?|What does S love to eat?",
    ),
    _relation(
        "person",
        "animal",
        "S keeps a V.|S owns a V.|The pet of S is a V.|There is a V in the home of S.",
        "What pet does S have?|Which animal does S keep?|What animal does S own?|Which pet lives with S?",
    ),
    _relation(
        "person",
        "language",
        "S speaks V.|S grew up with V.|The mother tongue of S is V.|V is the language of S.",
        "Which language does S speak?|What is the mother tongue of S?|What language does S know?|What tongue is spoken by S?",
    ),
    _relation(
        "person",
        "person",
        "S is married to V.|V is the partner of S.|S has V as a partner.|The partner of S is V.",
        "Who is S married to?|Who is the partner of S?|Whom did S marry?|Who married S?",
    ),
    _relation(
        "person",
        "person",
        "S reports to V.|V is the boss of S.|S takes orders from V.|The boss of S is V.",
        "Who is the boss of S?|Whom does S report to?|Who leads S?|Who gives orders to S?",
    ),
    _relation(
        "person",
        "person",
        "S learned from V.|V taught S.|The teacher of S was V.|S was a pupil of V.",
        "Who taught S?|Who was the teacher of S?|From whom did S learn?|Whose pupil was S?",
    ),
    _relation(
        "person",
        "year",
        "S was born in V.|The birth year of S is V.|S came into the world in V.|In V S was born.",
        "In which year was S born?|When was S born?|What is the birth year of S?|What year did S come into the world?",
    ),
    _relation(
        "person",
        "number",
        "S is V years old.|The age of S is V.|At the age of V S still works.|S has lived for V years.",
        "How old is S?|What is the age of S?|What age is S?|How many years has S lived?",
    ),
    _relation(
        "person",
        "number",
        "S lives in room V.|The room of S is number V.|Room V belongs to S.|S sleeps in room V.",
        "Which room does S have?|What is the room number of S?|In which room is S?|Where does S sleep?",
    ),
    _relation(
        "person",
        "colour",
        "S wears a V coat.|The coat of S is V.|S has a V coat.|The V coat belongs to S.",
        "What colour is the coat of S?|Which colour does S wear?|What colour does S have?|Which coat colour belongs to S?",
    ),
    _relation(
        "thing",
        "person",
        "S belongs to V.|V owns S.|The owner of S is V.|S is the property of V.",
        "Who owns S?|Who is the owner of S?|To whom does S belong?|Whose property is S?",
    ),
    _relation(
        "thing",
        "person",
        "S was made by V.|V made S.|V is the maker of S.|The maker of S was V.",
        "Who made S?|By whom was S made?|Who is the maker of S?|Who built S?",
    ),
    _relation(
        "thing",
        "material",
        "S is made of V.|S consists of V.|They built S from V.|The maker used V for S.",
        "What is S made of?|What does S consist of?|Which material was used for S?|From what was S built?",
    ),
    _relation(
        "thing",
        "place",
        "S is kept in V.|S stands in V.|You can find S in V.|V is where S is kept.",
        "Where is S?|Where can S be found?|In which place is S kept?|Where do they keep S?",
    ),
    _relation(
        "thing",
        "quantity",
        "S weighs V.|The weight of S is V.|S has a weight of V.|V is what S weighs.",
        "How heavy is S?|What is the weight of S?|How much does S weigh?|What does S weigh?",
    ),
    _relation(
        "thing",
        "quantity",
        "S costs V.|The price of S is V.|They sell S for V.|V is the price of S.",
        "How much is S?|What is the price of S?|What does S cost?|For how much do they sell S?",
    ),
    _relation(
        "thing",
        "shape",
        "S is V.|S has a V form.|The form of S is V.|They say that S is V.",
        "What form does S have?|What is S like?|Which form is S?|What is the form of S?",
    ),
    _relation(
        "place",
        "number",
        "S has V people.|V people live in S.|The population of S is V.|There are V people in S.",
        "How many people live in S?|What is the population of S?|How big is S?|How many people are in S?",
    ),
    _relation(
        "place",
        "person",
        "S is ruled by V.|V rules S.|The ruler of S is V.|V sits on the throne of S.",
        "Who rules S?|Who is the ruler of S?|By whom is S ruled?|Who sits on the throne of S?",
    ),
    _relation(
        "place",
        "food",
        "S is famous for its V.|S sells V to the world.|People visit S for the V.|The V of S is famous.",
        "What is S famous for?|What does S sell?|For what do people visit S?|What made S famous?",
    ),
    _relation(
        "place",
        "language",
        "People in S speak V.|V is spoken in S.|The language of S is V.|In S they speak V.",
        "What language is spoken in S?|What do people in S speak?|What is the language of S?|Which tongue is heard in S?",
    ),
    _relation(
        "place",
        "animal",
        "The flag of S shows a V.|S has a V on its flag.|A V is on the flag of S.|On the flag of S is a V.",
        "What is on the flag of S?|Which animal does the flag of S show?|What animal does S have on its flag?|What does the flag of S show?",
    ),
    _relation(
        "nature",
        "quantity",
        "S is V deep.|The depth of S is V.|S has a depth of V.|From top to bottom S is V.",
        "How deep is S?|What is the depth of S?|What depth does S have?|How far down does S go?",
    ),
    _relation(
        "nature",
        "place",
        "S lies near V.|S is close to V.|V is the town next to S.|The town near S is V.",
        "Where is S?|Which town is close to S?|What town lies near S?|Next to which town is S?",
    ),
    _relation(
        "nature",
        "person",
        "S was found by V.|V discovered S.|V was the first to see S.|S was discovered by V.",
        "Who discovered S?|Who found S?|Who was the first to see S?|By whom was S found?",
    ),
    _relation(
        "text",
        "person",
        "S was written by V.|V wrote S.|The author of S is V.|S is a work of V.",
        "Who wrote S?|Who is the author of S?|By whom was S written?|Whose work is S?",
    ),
    _relation(
        "text",
        "year",
        "S was written in V.|S dates from V.|The year of S is V.|In V S was written.",
        "When was S written?|From which year is S?|What year does S date from?|In what year was S written?",
    ),
    _relation(
        "text",
        "number",
        "S has V pages.|There are V pages in S.|S fills V pages.|The pages of S number V.",
        "How many pages does S have?|How long is S?|How many pages are in S?|How many pages does S fill?",
    ),
    _relation(
        "org",
        "year",
        "S was founded in V.|S began in V.|In V they founded S.|S has existed since V.",
        "When was S founded?|In which year did S begin?|When did S begin?|Since when has S existed?",
    ),
    _relation(
        "org",
        "person",
        "S is led by V.|V leads S.|The head of S is V.|V is in charge of S.",
        "Who leads S?|Who is the head of S?|Who runs S?|Who is in charge of S?",
    ),
    _relation(
        "org",
        "place",
        "S is based in V.|S has its seat in V.|The seat of S is V.|V is the seat of S.",
        "Where is S based?|What is the seat of S?|Where is the seat of S?|In which town does S have its seat?",
    ),
    _relation(
        "org",
        "number",
        "S employs V people.|V people work for S.|S has V workers.|The workers of S number V.",
        "How many people work for S?|How many workers does S have?|How many people does S employ?|How large is S?",
    ),
    _relation(
        "device",
        "code",
        "S has the code V.|The code of S is V.|V is the code of S.|S is marked V.",
        "What is the code of S?|Which code does S have?|What code belongs to S?|How is S marked?",
    ),
    _relation(
        "device",
        "quantity",
        "S runs at V.|S reaches V.|The limit of S is V.|At most S reaches V.",
        "How fast does S run?|What does S reach?|What is the limit of S?|How much can S reach?",
    ),
    _relation(
        "device",
        "clock",
        "S starts at V.|At V S starts.|They switch on S at V.|S is switched on at V.",
        "When does S start?|At what time does S start?|What time is S switched on?|When do they switch on S?",
    ),
    _relation(
        "project",
        "date",
        "S ends on V.|The deadline of S is V.|S must be done by V.|On V S comes to an end.",
        "When does S end?|What is the deadline of S?|By when must S be done?|When does S come to an end?",
    ),
    _relation(
        "project",
        "person",
        "S is run by V.|V looks after S.|The contact for S is V.|For S you should ask V.",
        "Who runs S?|Who looks after S?|Who is the contact for S?|Whom should I ask about S?",
    ),
    _relation(
        "project",
        "quantity",
        "S needs V.|V are set aside for S.|S was given V.|The budget of S is V.",
        "How much does S need?|What was S given?|How much is set aside for S?|What is the budget of S?",
    ),
    _relation(
        "phrase",
        "phrase",
        "S means V.|The word for S is V.|S is called V.|V is another word for S.",
        "What does S mean?|What is S called?|What is the word for S?|What is another word for S?",
    ),
    _relation(
        "code",
        "thing",
        "Box V holds S.|S holds V.|In S there is V.|The content of S is V.",
        "What is in S?|What does S hold?|What is the content of S?|What can be found in S?",
    ),
)

ATTRIBUTE_STATEMENTS = (
    "The A of S is V.",
    "S has A V.",
    "The A for S is V.",
    "At S the A is V.",
    "For S the A is V.",
    "V is the A of S.",
    "S has V as its A.",
    "The A in S is V.",
    "The A of S was set to V.",
    "In S the A amounts to V.",
    "S: A V.",
    "With V the A of S is known.",
    "The S A is V.",
    "The A at S comes to V.",
    "As for S, its A is V.",
    "We know that the A of S equals V.",
)
ATTRIBUTE_QUESTIONS = (
    "What is the A of S?",
    "What A does S have?",
    "What is the A for S?",
    "How much is the A of S?",
    "Tell me the A of S.",
    "Which A does S have?",
    "What is the A at S?",
    "For S, what is the A?",
    "The A of S is what?",
    "How large is the A in S?",
    "I need the A of S.",
    "What is the S A?",
    "At S, how much is the A?",
    "Please give the A of S.",
    "What does the A of S come to?",
)
"""`A` is an attribute name; the last two of each tuple are kept for the probe."""
