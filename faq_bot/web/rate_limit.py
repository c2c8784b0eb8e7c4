"""How often one client may do something, counted in memory and forgotten after a while.

The counting is done by limits; slowapi, which wraps it, too, knows only routes of HTTP, not the
chat's questions.
"""

import ipaddress
import math
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_IPV6_NETWORK = 64  # bits; a household or phone has a whole network of this size


class RateLimiter:
    """Counts what each client does in a moving window, of a minute unless said otherwise."""

    def __init__(self, most: int, seconds: int = 60) -> None:
        self._item = RateLimitItemPerSecond(most, seconds)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds_to_wait(self, client: str | None) -> int:
        """Count once more; return 0, or in how many seconds the client may go on.

        `client` is its address; all without one count as the same.
        """
        key = _network(client or "")
        return 0 if self._limiter.hit(self._item, key) else self._seconds(key)

    def seconds_left(self, client: str | None) -> int:
        """Return 0, or in how many seconds the client may go on, without counting."""
        key = _network(client or "")
        return 0 if self._limiter.test(self._item, key) else self._seconds(key)

    def _seconds(self, key: str) -> int:
        reset = self._limiter.get_window_stats(self._item, key).reset_time
        return max(1, math.ceil(reset - time.time()))


def _network(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 4:
        return client
    return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
