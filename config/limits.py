"""The limits that keep skin safe, each with its source.

``ABSOLUTE`` holds the loosest value that any configuration may use. A configuration may tighten a
limit, never loosen it. Temperatures are pad-face temperatures: skin is assumed to be as hot.
"""

from dataclasses import dataclass

# IEC 60601-1 Table 24 allows 43 °C for a contact of 10 min or more; consumer heat wraps work at 40 °C.
TARGET_MIN_C = 35.0
TARGET_MAX_C = 42.0
TARGET_DEFAULT_C = 40.0

# The protocol: after release and stretch, gentle heat for 5-10 minutes.
SESSION_MIN_S = 300.0
SESSION_MAX_S = 600.0
SESSION_DEFAULT_S = 480.0

# Frequent repetition causes erythema ab igne; half an hour is the default, a quarter the least.
REST_MIN_S = 900.0
REST_DEFAULT_S = 1800.0
REST_MAX_S = 14400.0

# Hysteresis of the inhibit, so that the heater does not chatter at the edge of pain.
INHIBIT_HYSTERESIS_C = 0.5

# A lumped skin model holds skin at or below 41.1 °C at 300 W/m² for ten minutes of full power,
# at 48.9 °C for 667 W/m² and at 55.9 °C for 1000 W/m².
FLUX_ONE_THERMISTOR_W_M2 = 300.0
FLUX_MAX_W_M2 = 1000.0

# No reset while the pad is this hot: a person who resets must not reheat warm skin.
RESET_BELOW_C = 38.0

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that the guard enforces. Seconds, °C, and CEM43 minutes.

    CEM43 (Sapareto & Dewey 1984): minutes at 43 °C that would do the same to tissue.
    """

    target_max_c: float = TARGET_MAX_C
    session_max_s: float = SESSION_MAX_S
    #: Heater off until ``inhibit_c`` − 0.5 °C. IEC 60601-1 Table 24; pain begins just above 43 °C.
    inhibit_c: float = 43.0
    #: Latched when held for ``cutoff_hold_s``: injury begins when the basal layer reaches 44 °C
    #: (Moritz & Henriques 1947: 44 °C / 6 h, 45 °C / 3 h, 47 °C / 45 min).
    cutoff_c: float = 44.0
    cutoff_hold_s: float = 1.0
    #: Latched by a single valid sample.
    cutoff_instant_c: float = 46.0
    #: Proposals for exposure that is safe for everyone lie at 2 (uncontrolled) and 9 CEM43.
    session_dose_warn_cem43: float = 1.0
    session_dose_cem43: float = 2.0
    dose_lockout_cem43: float = 9.0
    dose_lockout_s: float = DAY_S
    #: Added to the reading before the dose is computed: sensor error always counts against us.
    dose_offset_c: float = 0.5
    rest_s: float = REST_DEFAULT_S
    day_sessions: int = 6
    day_heated_s: float = 3600.0
    day_dose_cem43: float = 4.0
    #: A demand older than this is zero: the controller is gone or hung.
    demand_lifetime_s: float = 1.0
    #: A guard cycle that ends later than this after the one before is an overrun.
    overrun_s: float = 1.0


ABSOLUTE = Limits(rest_s=REST_MIN_S)
