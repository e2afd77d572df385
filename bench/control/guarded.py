"""This project's control behind its guard: the pack as it is worn.

The guard asks readings to move, limits the heat, and now and then does not believe a sample; the converter
glitches. The other sessions have none of that, because no peer's has: this one shows what it costs.
"""

from bench.control.bound import SESSION_S
from bench.control.pad import TICK_S
from bench.control.pairs import Device
from bench.control.session import Session
from campaign.draws import Draw
from campaign.rig import SESSION, Rig
from controller.active import ActiveSession
from controller.control.pad_controller import ControlPlan

KEY = "guarded"
TITLE = "Heatpack, tuned, behind its guard"


def heat_guarded(device: Device, plan: ControlPlan, target_c: float) -> Session:
    """Let the pack have its ten minutes, and say what the pad did from its first heat on."""
    drawn = Draw(
        parameters=device.parameters,
        sensors=device.sensors,
        bits=device.bits,
        series_switch=True,
        part=device.part,
        target_c=target_c,
        duration_s=SESSION_S,
        sag_v=0.0,
        worn_s=0.0,
        lift=None,
    )
    rig = Rig.of(drawn, device.run)
    rig.active = ActiveSession.begin(SESSION, "phone", None, target_c, SESSION_S, plan)
    rig.active.granted = rig.active.recorded = True
    rig.start()
    session, plant = Session(target_c), rig.pad.plant
    share = plant.parameters.sensor_heater_share
    was_on, heated_s = False, 0.0
    while rig.on:
        rig.cycle(TICK_S)
        if rig.first_heat_s is None:
            continue
        session.true_c.append(share * plant.heater_c + (1.0 - share) * plant.face_c)
        heated_s += TICK_S * rig.pad.energised
        session.switches += rig.pad.energised != was_on
        was_on = rig.pad.energised
        session.basal_max_c = max(session.basal_max_c, plant.basal_c())
    session.energy_j = plant.power_w(1.0) * heated_s
    return session
