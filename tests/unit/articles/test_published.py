from faq_bot import Article
from faq_bot.articles.json_format import article_json, parse_json
from faq_bot.articles.published import with_published
from faq_bot.core.article import QuestionAnswer
from faq_bot.core.languages import Language
from faq_bot.core.reply import PublishedAnswer, Reply
from tests.support.sample_questions import ARTICLE, ENGLISH, GERMAN, REPLY


def test_an_answer_joins_the_versions_in_its_languages(german: Article, english: Article) -> None:
    wordings: dict[Language, tuple[str, ...]] = {"de": (GERMAN,), "en": (ENGLISH,)}
    both = PublishedAnswer(1, ARTICLE, REPLY, wordings)
    first_german, first_english = (
        article.faq[0] for article in with_published([german, english], [both])
    )
    assert (first_german.question, first_german.name) == ("Hat OpenAI schon Chips bestellt?", "Ada")
    assert (first_german.wordings, first_english.wordings) == ((GERMAN,), (ENGLISH,))
    only = PublishedAnswer(1, ARTICLE, Reply({"de": REPLY.texts["de"]}), wordings)
    changed, unchanged = with_published([german, english], [only])
    assert changed.faq[0].wordings == (GERMAN, ENGLISH)
    assert changed.faq[1:] == german.faq
    assert unchanged == english
    elsewhere = PublishedAnswer(1, "other", REPLY, wordings)
    assert with_published([german, english], [elsewhere]) == (german, english)


def test_only_what_is_published_now_is_in_the_articles(german: Article) -> None:
    one, two = (PublishedAnswer(number, ARTICLE, REPLY, {}) for number in (1, 2))
    (once,) = with_published([german], [one])
    (twice,) = with_published([once], [two])
    assert [entry.published for entry in twice.faq if entry.published] == [2]
    assert with_published([twice], []) == (german,)


def test_what_the_file_has_already_is_not_added(german: Article) -> None:
    own = Reply({"de": QuestionAnswer(german.faq[0].question, german.faq[0].answer)})
    assert with_published([german], [PublishedAnswer(1, ARTICLE, own, {})]) == (german,)


def test_an_exported_article_can_be_read_again(german: Article) -> None:
    (article,) = with_published([german], [PublishedAnswer(1, ARTICLE, REPLY, {"de": (GERMAN,)})])
    (read,) = parse_json(article_json(article), "x.json")
    assert read.text == article.text
    assert read.sections == article.sections
    assert read.faq[0] == QuestionAnswer(*vars_of(REPLY.texts["de"]), "Ada")
    assert GERMAN not in article_json(article)
    assert with_published([read], [PublishedAnswer(1, ARTICLE, REPLY, {})]) == (read,)


def vars_of(text: QuestionAnswer) -> tuple[str, str]:
    return text.question, text.answer
