"""Topic filters of MQTT. Pure."""


def overlap(one: str, other: str) -> bool:
    """Tell whether two topic filters have a topic in common."""
    mine, theirs = one.split("/"), other.split("/")
    for a, b in zip(mine, theirs, strict=False):
        if "#" in (a, b):
            return True
        if a != b and "+" not in (a, b):
            return False
    # "a/#" is also "a" itself.
    longer = mine[len(theirs) :] or theirs[len(mine) :]
    return longer in ([], ["#"])
