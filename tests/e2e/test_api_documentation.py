"""The documentation of the HTTP interface, as a programmer reads it."""

from playwright.sync_api import Browser, expect

from tests.support.visits import Visit


def test_the_documentation_of_the_api_needs_no_other_host(browser: Browser, server: str) -> None:
    visit = Visit(browser)
    visit.page.goto(f"{server}/api/docs")
    expect(visit.page.get_by_text("/v1/ask")).to_be_visible()
    assert {request.url.split("/")[2] for request in visit.requests} == {server.split("/")[2]}
    assert visit.errors == []
    visit.context.close()
