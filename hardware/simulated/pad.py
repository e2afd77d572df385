"""A pad on a person, with its board's wires: what the pins do to it and what the channels show."""

import random

from hardware.settings import GuardSettings
from hardware.simulated.adc import Mcp3xxx
from hardware.simulated.faults import FAULTS, Fault, SensorWire, Strike, Wiring
from hardware.simulated.plant import MAX_STEP_S, Plant, PlantParameters
from hardware.supply import VREF_V
from hardware.thermistor import Thermistor

#: The reference channel has a fixed resistor in place of a thermistor, equal to its series resistor.
REFERENCE_LEVEL = 0.5
#: Battery, cable and plugs. The plant's ``supply_v`` is what the pad has under load; what the supply
#: channel shows without load is higher by what this takes.
SOURCE_OHM = 0.15


class SimulatedPad:
    """Plant, wires, converter and faults of one build.

    It advances only when told, with the levels that the pins had in the meantime.

    Attributes:
        plant: the thermal model; may be read and disturbed at any time.
        wiring: the wires; may be broken at any time.
        adc: the converter on the SPI bus.
        energised: whether the heater draws current, as of the last time the pad was told its switches.
    """

    def __init__(
        self, settings: GuardSettings, parameters: PlantParameters | None = None, *, seed: int = 0
    ) -> None:
        """Build what ``settings`` describe.

        Args:
            settings: converter, thermistors and pad.
            parameters: another pad or wearer than the nominal one of ``settings.pad``.
            seed: of the converter's noise.
        """
        pad, adc, thermistors = settings.pad, settings.adc, settings.thermistors
        if parameters is None:
            parameters = PlantParameters.for_pad(pad.power_w, pad.supply_v, pad.area_m2)
        self.plant = Plant(parameters, sensors=len(thermistors))
        self.wiring = Wiring(tuple(SensorWire() for _ in thermistors))
        self.adc = Mcp3xxx(adc.bits, self._input, rng=random.Random(seed))
        self.energised = False
        self._faults: list[Fault] = []
        self._since_heat_s: float | None = None
        self._settings = adc
        self._levels = 1 << adc.bits
        self._sensor_on = {thermistor.channel: n for n, thermistor in enumerate(thermistors)}
        self._thermistors = tuple(Thermistor.of(thermistor, adc.bits) for thermistor in thermistors)

    def inject(self, fault: Fault) -> None:
        """Let ``fault`` strike ``fault.at_s`` seconds after the first heat that was asked for."""
        if fault.sensors is not None and not set(fault.sensors) <= set(range(len(self._thermistors))):
            raise ValueError(f"fault: this pad has sensors 0-{len(self._thermistors) - 1}")
        self._faults.append(fault)

    def advance(self, dt_s: float, *, gate: bool, series_switch: bool) -> None:
        """Let ``dt_s`` seconds pass in which MOSFET gate and series switch were on or off."""
        if gate and series_switch and self._since_heat_s is None:
            self._since_heat_s = 0.0
        while dt_s > 0.0:
            # Slices, so that a fault begins on time and its heat source follows the pad.
            slice_s = min(dt_s, MAX_STEP_S) if self._faults else dt_s
            self._strike(slice_s)
            self.energised = self._draws_current(gate, series_switch)
            self.plant.advance(slice_s, 1.0 if self.energised else 0.0)
            dt_s -= slice_s
        self.energised = self._draws_current(gate, series_switch)

    def _draws_current(self, gate: bool, series_switch: bool) -> bool:
        wiring = self.wiring
        mosfet, series = gate or wiring.mosfet_shorted, series_switch or wiring.series_shorted
        return mosfet and series and not wiring.heater_broken

    def _strike(self, dt_s: float) -> None:
        """Let the faults that are due act on the coming ``dt_s`` seconds."""
        now_s = self._since_heat_s
        if now_s is None:
            return
        self._since_heat_s = now_s + dt_s
        for fault in self._faults:
            since_s = now_s - fault.at_s
            if since_s >= -1e-6:  # ten slices of 0.1 s are a second
                kind = FAULTS[fault.name]
                every = range(len(self._thermistors) if kind.every_sensor else 1)
                sensors = tuple(every) if fault.sensors is None else fault.sensors
                kind.act(Strike(self.plant, self.wiring, sensors, since_s))

    def _input(self, channel: int) -> float:
        """Return the voltage on a channel, in LSB."""
        sensor = self._sensor_on.get(channel)
        if sensor is not None:
            return self._divider(sensor)
        if channel == self._settings.reference_channel:
            return REFERENCE_LEVEL * self._levels
        if channel == self._settings.supply_channel:
            divider = self._settings.supply_divider or 1.0
            return self._supply_v() / divider / VREF_V * self._levels
        return 0.0

    def _supply_v(self) -> float:
        loaded_v = self.plant.supply_v
        if self.energised or loaded_v == 0.0:
            return loaded_v
        return loaded_v + SOURCE_OHM * self.plant.power_w(1.0) / loaded_v

    def _divider(self, sensor: int) -> float:
        wire = self.wiring.sensors[sensor]
        if wire.level is not None:
            return wire.level * self._levels
        felt_c = self.plant.sensor_c[sensor] if wire.held_c is None else wire.held_c
        return self._thermistors[sensor].code_for(felt_c + wire.offset_c)
