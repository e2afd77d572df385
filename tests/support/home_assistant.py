"""As much of Home Assistant as the tests need."""

import re
from datetime import UTC, datetime


def rendered(template: str, at_s: float, **values: object) -> str:
    """Fill in a command template as far as ours go: names, a product, and the time, Unix seconds."""
    now = {"now": lambda: datetime.fromtimestamp(at_s, UTC)}
    return re.sub(r"{{ (.*?) }}", lambda found: str(eval(found[1], now, values)), template)
