# ruff: noqa: E501
"""Customer-support messages with twelve intents, built from phrases that differ between the splits."""

from __future__ import annotations

import random

Split = str
"""One of "train", "tune" and "eval"."""

CORES: dict[str, dict[Split, str]] = {
    "track_order": {
        "train": "where is my I|has my I shipped yet|I want to track the I I ordered|when will the I arrive|the tracking page for my I shows nothing|my I has not come yet|can you tell me how far my I is|the courier never showed up with my I|what is the delivery date for the I|is the I on its way",
        "tune": "any news on when the I gets here|the parcel with my I seems stuck|how long until my I is delivered",
        "eval": "I am still waiting for the I|do you know what day the I should turn up|tracking says the I left the depot long ago|the I was due yesterday and nothing came|is there a delay with the shipment of my I|could you see where the parcel with the I is now|how much longer will the I take to get here",
    },
    "cancel_order": {
        "train": "please cancel my order for the I|I no longer want the I, stop the order|can I cancel the I before it ships|I ordered the I by mistake, cancel it|do not send the I any more|I changed my mind about the I, please cancel|how do I cancel an order|withdraw my order of the I|stop the purchase of the I|cancel the I at once",
        "tune": "the order with the I should be cancelled|I would like to call off the I|is it too late to cancel the I",
        "eval": "can the order for the I still be stopped|there was a mistake, I do not need the I, cancel please|scrap the I from yesterday, I bought it twice|I want to withdraw the purchase of the I|please stop the I before it goes out|kindly cancel the whole order, not only the I|I have changed my mind, no I please",
    },
    "return_item": {
        "train": "I want to return the I|how do I send the I back|the I does not fit, I want to return it|please send me a return label for the I|can I bring the I back|what is the return policy for the I|the I is not what I expected, I will send it back|I need a return form for the I|returning the I, how does it work|where do I post the I back to",
        "tune": "the I is too small and should go back|how many days do I have to return the I|I would like to hand the I back",
        "eval": "I do not like the I and wish to send it back|who pays the postage if the I goes back|the size of the I is wrong, what is the way to return it|could I get a label to post the I back|am I still allowed to return the I|the I is going back, which form do I fill in|can your shop take back the I",
    },
    "refund_status": {
        "train": "when do I get my refund for the I|my refund for the I has not arrived|I sent the I back and still have no money|how long does the refund take|where is my money for the I|the refund of the I is missing|you promised a refund for the I|has the refund for the I been paid out|I am waiting for my money back|check the status of my refund",
        "tune": "no refund for the I on my account so far|is the money for the I on its way back|the refund is late",
        "eval": "you received the I long ago, where is the refund|the money for the returned I is not on my bank account|how many days until I see my refund|I was told that I get my money back for the I, nothing so far|can you check whether the I was refunded|only half of the I was refunded|still no money back for the I",
    },
    "change_address": {
        "train": "I moved, please change my address|send the I to a different address|how do I update my delivery address|the address on the order of the I is wrong|please ship the I to my new home|I typed the wrong street for the I|can the I go to my office instead|change the postcode for my order|I have a new address|the house number on my order is wrong",
        "tune": "could the I be sent to another address|my street has changed|please correct the town on my order",
        "eval": "we moved last week, the I must go to the new place|there is a mistake in the street of my order|can you deliver the I to my neighbour instead|I need another delivery address for the I|the postcode I gave you is not right|how can I edit where the I gets shipped|please use my work address for the I",
    },
    "damaged_item": {
        "train": "the I arrived broken|my I has a crack|the I does not work|there is a scratch on the I|the I was damaged in the box|the I stopped working after one day|one part of the I is missing|the I is faulty|I got a broken I|the box was open and the I was in pieces",
        "tune": "the I came with a dent|the I is defective|the I will not switch on",
        "eval": "the I fell apart when I opened the box|something is broken inside the I|the I you sent has a hole|I unpacked the I and it is damaged|my new I makes a noise and does not work|pieces of the I are missing|the I looks like it was dropped, it is all scratched",
    },
    "payment_failed": {
        "train": "my payment for the I did not go through|the payment was declined|I cannot pay for the I|the checkout shows an error when I pay|why was my payment rejected|I was charged twice for the I|the payment page does not load|my bank says the payment failed|paying for the I does not work|error at checkout for the I",
        "tune": "the payment of the I keeps failing|checkout stops when I try to pay|I paid twice",
        "eval": "I tried to pay three times and it was refused|the money left my bank but the payment shows as failed|the pay button for the I does nothing|something goes wrong at the checkout with my I|your site declined my payment for the I|there are two charges for one I|payment error, the I is still in my basket",
    },
    "update_card": {
        "train": "I want to change my credit card|how do I add a new card|my card has expired, let me update it|please remove my old card|I got a new bank card|save a different card to my account|can I switch from card to bank transfer|update my payment method|the card number on file is old|delete the card on my profile",
        "tune": "my credit card was replaced|please use my other card from now on|how can I edit the card details",
        "eval": "the card that you have on file is no longer valid|where do I enter the number of my new card|I would like to pay with a different card in future|could you take the expired card off my profile|my bank sent me a new credit card|how to swap the saved payment method|put another card on my account",
    },
    "reset_password": {
        "train": "I forgot my password|I cannot log in|the reset link does not work|how do I change my password|my login is blocked|the password email never came|I am locked out of my account|my password is not accepted|please reset my password|I need a new password",
        "tune": "login fails every time|the link to reset has expired|which password rules do you have",
        "eval": "your site will not let me sign in|I do not remember my password any more|I asked for a reset mail and nothing came|too many attempts and now I am locked out|it says wrong password but I am sure it is right|help me to get back into my account|the code for the login never reaches me",
    },
    "close_account": {
        "train": "please delete my account|I want to close my account|remove all my data|how do I unsubscribe from everything|I no longer want to be a customer|erase my profile|stop sending me mails and delete me|close my customer account for good|I want my personal data deleted|end my membership",
        "tune": "take me out of your database|I would like to leave, close the account|deactivate my profile please",
        "eval": "I do not want an account with you any longer|delete everything that you know about me|how can I shut down my profile|please end my membership and erase the data|I am leaving, remove me from your list|what do I do to get rid of my account|cancel my membership for good",
    },
    "invoice_copy": {
        "train": "I need an invoice for the I|please send me the receipt for the I|can I get a copy of the bill|the invoice has the wrong company name|where can I download my invoice|my tax office wants a receipt for the I|I lost the receipt for the I|the invoice for the I is missing|send the bill to my accountant|I need the VAT number on the invoice",
        "tune": "please mail me the bill for the I again|an invoice with our firm on it, please|no receipt came with the I",
        "eval": "my accountant asks for the bill of the I|there was no receipt in the box with the I|could you issue the invoice again, with our tax number|is there a place to download bills|I need proof of purchase for the I|a copy of the receipt, please|please put my firm on the invoice for the I",
    },
    "stock_question": {
        "train": "is the I in stock|when will the I be available again|do you sell the I in blue|which sizes do you have for the I|how many of the I are left|does the I come with batteries|is the I sold out|do you have the I in your shop|what is the I made of|how heavy is the I",
        "tune": "will you get more of the I|what colours does the I come in|can I buy the I in a shop",
        "eval": "the I shows as sold out, will it come back|do you have a bigger I|is there a cheaper I in your range|how long is the cable of the I|does your shop in town carry the I|when do you restock the I|can the I be used outdoors",
    },
}
"""Label -> split -> phrases; `I` as a word after an article or a possessive stands for an item."""

ITEMS: dict[Split, str] = {
    "train": "blue jacket|running shoes|coffee grinder|desk lamp|phone case|rain coat|yoga mat|wool scarf|bike helmet|garden hose|board game|toaster|headphones|backpack|water bottle|kitchen scale|office chair|bed sheets",
    "tune": "leather belt|fish tank|hand mixer|wall clock|picture frame|bath towel|camping stove|keyboard",
    "eval": "hiking boots|rice cooker|floor lamp|laptop sleeve|swim goggles|cotton dress|tennis racket|skate board|lawn mower|puzzle|kettle|speaker|suitcase|lunch box|bread knife|bar stool|curtains|drill|pillow|umbrella",
}
ACTIONS: dict[str, tuple[str, str]] = {
    "track_order": (
        "track|follow|locate|see the status of|get the arrival date of",
        "the parcel with my I|the shipment of the I|the delivery of the I|the package that holds my I|the courier who has my I",
    ),
    "cancel_order": (
        "cancel|stop|call off|withdraw|undo",
        "my order of the I|the purchase of the I|the order for a I|the I that I ordered by mistake|an order that I no longer want",
    ),
    "return_item": (
        "return|send back|hand back|give back|bring back",
        "the I that does not fit|a I that is too small|the unwanted I with a return label|the I I do not like|the I to your returns desk",
    ),
    "refund_status": (
        "ask about|wait for|check on|chase|get news on",
        "my refund for the I|the money back for the I|the refund that you promised|the missing refund of my I|the refund to my bank account",
    ),
    "change_address": (
        "change|correct|update|edit|replace",
        "the delivery address for my I|the street on my order|the postcode for the I|the address after I moved|the house number and town",
    ),
    "damaged_item": (
        "report|complain about|show you|send a photo of|get help with",
        "a broken I|the damaged I|the scratch on my I|a faulty I with a crack|the I that arrived in pieces",
    ),
    "payment_failed": (
        "understand|get past|fix|solve|avoid",
        "the failed payment for my I|a declined payment|the checkout error with the I|the double charge for the I|the rejected payment at checkout",
    ),
    "update_card": (
        "add|remove|save|switch|swap",
        "the credit card in my account|my expired card|a new bank card|the card number on file|the card as payment method",
    ),
    "reset_password": (
        "reset|recover|renew|unlock|restore",
        "my password|my login|the forgotten password|the blocked login|access after I was locked out",
    ),
    "close_account": (
        "close|delete|erase|end|shut",
        "my customer account|my profile for good|all my personal data|my membership|the account and the data in it",
    ),
    "invoice_copy": (
        "download|print|receive|get a copy of|request",
        "the invoice for my I|a receipt for the I|the bill of the I|an invoice with the VAT number|the receipt for my tax office",
    ),
    "stock_question": (
        "know about|learn about|hear about|ask for|find",
        "the stock of the I|other sizes of the I|the colours of your I|when the I is available again|whether the I is sold out",
    ),
}
"""Label -> what one may want to do, and to what. One pair in five is kept for each held-out split."""

FRAMES: dict[Split, str] = {
    "train": "I want to X.|How can I X?|Please help me to X.|I am trying to X.|I need to X.|Can you help me X?|Where do I go to X?|It is time to X.",
    "tune": "I should like to X.|Tell me how to X.|May I X?",
    "eval": "Would it be possible to X?|I was hoping to X.|My wife asked me to X.|What must be done to X?|Is there a way to X?|Since Monday I try to X.|Who can show me how to X?|We have to X soon.|You said that I could X.",
}
OPENINGS: dict[Split, str] = {
    "train": "||||Hi,|Hello,|Dear team,|Good morning,|Sorry to bother you,|Quick question:",
    "tune": "||Hey there,|To whom it may concern,|One more thing:",
    "eval": "||||Good evening,|Hi all,|Excuse me,|I hope you can help.|I wrote to you before.",
}
CLOSINGS: dict[Split, str] = {
    "train": "|||||Thanks.|Please help.|Best regards|It is urgent.|My number is N.",
    "tune": "||Kind regards|Thank you in advance.|Number N.",
    "eval": "|||||Cheers|Get back to me soon.|My number is N.|I need an answer today.",
}
PER_LABEL: dict[Split, int] = {"train": 50, "tune": 17, "eval": 40}
FREE_SHARE: dict[Split, float] = {"train": 0.3, "tune": 0.08, "eval": 0.08}
"""Share of messages that use a phrase of `CORES`, which shares few words with the other splits."""


def _split_of(pair: int) -> Split:
    return {0: "eval", 1: "tune"}.get(pair % 5, "train")


def _core(rng: random.Random, label: str, split: Split) -> str:
    """A phrase of the split, with `I` still standing for the item."""
    if rng.random() < FREE_SHARE[split]:
        return rng.choice(CORES[label][split].split("|")) + rng.choice([".", ".", "", "!", "?"])
    actions, objects = (side.split("|") for side in ACTIONS[label])
    pairs = [(i, j) for i in range(len(actions)) for j in range(len(objects)) if _split_of(i + 2 * j) == split]
    i, j = rng.choice(pairs)
    return rng.choice(FRAMES[split].split("|")).replace("X", f"{actions[i]} {objects[j]}")


def _with_item(rng: random.Random, core: str, split: Split) -> str:
    item = rng.choice(ITEMS[split].split("|"))
    words = core.split(" ")
    for place in range(1, len(words)):
        bare = words[place].rstrip(",.?!")
        if bare == "I" and words[place - 1] in MARKERS:
            words[place] = item + words[place][1:]
    return " ".join(words)


MARKERS = {
    "the",
    "my",
    "a",
    "new",
    "bigger",
    "cheaper",
    "one",
    "no",
    "returned",
    "your",
    "unwanted",
    "broken",
    "damaged",
    "faulty",
}
"""Words after which `I` stands for an item and not for the writer."""


def _message(rng: random.Random, label: str, split: Split) -> str:
    core = _with_item(rng, _core(rng, label, split), split)
    core = core[:1].upper() + core[1:]
    closing = rng.choice(CLOSINGS[split].split("|")).replace("N.", f"{rng.randint(10_000, 99_999)}.")
    return " ".join(part for part in (rng.choice(OPENINGS[split].split("|")), core, closing) if part)


def rows(split: Split, seed: int) -> list[dict[str, str]]:
    """Rows of one split in shuffled order, without duplicates."""
    rng = random.Random(f"intents:{split}:{seed}")
    found: dict[str, str] = {}
    for label in sorted(CORES):
        wanted = len(found) + PER_LABEL[split]
        while len(found) < wanted:
            found.setdefault(_message(rng, label, split), label)
    pairs = list(found.items())
    rng.shuffle(pairs)
    return [{"id": f"intents-{split}-{n:04d}", "input": text, "output": label} for n, (text, label) in enumerate(pairs)]
