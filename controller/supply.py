"""What the voltage of the pad's supply does to the pad's power. Pure."""

#: A voltage beyond these shares of the rated one is a loose wire or a wrong divider, not a supply.
_BELIEVED = (0.7, 1.25)


def power_share(supply_v: float | None, rated_v: float) -> float:
    """Return the pad's power at full duty as a share of its rated power, 0.49-1.57.

    The heater is a resistor: its power goes with the square of the voltage under load.

    Args:
        supply_v: as in the guard's status, V; None if it is unknown.
        rated_v: the voltage of the rated power, V, > 0.

    Returns:
        1.0 for a voltage that is unknown or cannot be true: what is not known is not compensated.
    """
    if supply_v is None:
        return 1.0
    share = supply_v / rated_v
    return share**2 if _BELIEVED[0] <= share <= _BELIEVED[1] else 1.0
