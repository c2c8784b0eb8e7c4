"""Small articles, each with something to ask."""

from faq_bot import Article
from faq_bot.articles.json_format import parse_document

MOON = "Der Mond\n\nDer Mond ist 384.400 Kilometer von der Erde entfernt. Er ist kalt.\n"
SUN = "Die Sonne\n\nDie Sonne ist ein Stern. Sie ist sehr heiß und leuchtet.\n"


def report(identifier: str, published: str | None, title: str, *paragraphs: str) -> Article:
    return parse_document(
        {
            "id": identifier,
            "language": "de",
            "title": title,
            "published": published,
            "url": f"https://news.example/{identifier}",
            "sections": [{"heading": None, "paragraphs": list(paragraphs)}],
        }
    )


CLOSED = report(
    "closed",
    "2026-03-02T08:00:00+01:00",
    "Rheinbrücke gesperrt",
    "Die Rheinbrücke bei Altstadt ist für Autos gesperrt, weil zwei Pfeiler Risse haben.",
    "Fußgänger und Radfahrer dürfen die Brücke weiter benutzen, teilte die Stadt mit.",
)
LATER = report(
    "later",
    "2026-04-20",
    "Rheinbrücke bleibt länger gesperrt",
    "Die Rheinbrücke bei Altstadt bleibt bis zum 30. September für Autos gesperrt, sagt die Stadt.",
    "Die Reparatur der Pfeiler kostet 14 Millionen Euro, das Land zahlt die Hälfte.",
)
FIRST = report(
    "first",
    "2026-03-05",
    "Rheinbrücke wegen Reparatur lange gesperrt",
    "Die Rheinbrücke bei Altstadt bleibt bis zum 31. Mai für Autos gesperrt, sagt die Stadt.",
    "Eine Firma aus Köln verstärkt die Pfeiler mit Stahl.",
)
CHOIR = report(
    "choir",
    None,
    "Kinderchor singt im Dom",
    "Der Kinderchor singt am Sonntag im Dom Lieder von Mozart und Schubert.",
    "Der Eintritt kostet acht Euro, Kinder zahlen nichts.",
)
COST = "Was kostet die Reparatur der Brücke?"
UNTIL = "Bis wann ist die Rheinbrücke gesperrt?"
