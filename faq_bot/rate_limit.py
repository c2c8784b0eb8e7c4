"""How many questions one client may ask, counted in memory and forgotten after a minute."""

import ipaddress
import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_IPV6_NETWORK = 64  # bits; a household or phone has a whole network of this size


class RateLimiter:
    """Counts the questions of each client in a moving window of a minute."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds_to_wait(self, client: str | None) -> int:
        """Count a question; return 0, or in how many seconds the client may ask again.

        `client` is its address; all without one count as the same.
        """
        key = _network(client or "")
        if self._limiter.hit(self._item, key):
            return 0
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
