import pytest

from faq_bot.core.errors import FaqBotError
from faq_bot.core.settings import Settings, load_settings


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQ_BOT_PORT", "8123")
    monkeypatch.setenv("FAQ_BOT_MODEL", "some/model")
    assert (Settings().port, Settings().model) == (8123, "some/model")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("allowed_origins", "news.example"),
        ("allowed_origins", "https://news.example/path"),
        ("allowed_origins", "https://news.example; script-src *"),
        ("trusted_proxies", "proxy"),
    ],
)
def test_a_wrong_setting_is_named(
    setting: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FAQ_BOT_{setting.upper()}", value)
    with pytest.raises(FaqBotError, match=f"FAQ_BOT_{setting.upper()}"):
        load_settings()


@pytest.mark.parametrize("value", ["milvus", "milvus+ftp://x", "chroma"])
def test_what_is_no_store_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FAQ_BOT_VECTOR_STORE", value)
    with pytest.raises(FaqBotError, match="FAQ_BOT_VECTOR_STORE"):
        load_settings()
