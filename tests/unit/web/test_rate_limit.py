from faq_bot.web.rate_limit import RateLimiter


def test_each_client_has_its_own_limit_and_an_ipv6_network_counts_as_one() -> None:
    limiter = RateLimiter(1)
    clients = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1", None]
    assert [limiter.seconds_to_wait(client) for client in clients] == [0] * 5
    for client in ("192.0.2.1", "2001:db8::2", None):
        assert 1 <= limiter.seconds_to_wait(client) <= 60
