"""What is neither guard nor controller: a person's hands, wires, clocks, heat, the disk and the plug."""

import os

from campaign.fuzz.enemy import Enemy
from campaign.fuzz.rig import Rig
from campaign.fuzz.sequences import Act
from hardware.simulated.faults import Fault


class World:
    """One deed a method, ``do_`` and the kind of the ``Act``."""

    def __init__(self, rig: Rig, enemy: Enemy) -> None:
        """Hold the rig's plug; its controller hangs on it as well."""
        self._rig = rig
        self._enemy = enemy
        self._obstacle = rig.ledger_path + ".new"

    def do_button(self, act: Act) -> None:
        """Press the button, or let it go."""
        pin = self._rig.factory.pin(self._rig.settings.pins.button)
        pin.drive_low() if act.number else pin.drive_high()

    def do_wall(self, act: Act) -> None:
        """Set the wall clock."""
        self._rig.clock.step_wall(act.number)
        self._rig.books.stepped(act.number)

    def do_wire(self, act: Act) -> None:
        """Break or bend the wire of the first sensor."""
        setattr(self._rig.factory.pad.wiring.sensors[0], act.text, act.number)

    def do_switch(self, act: Act) -> None:
        """Break the heater or short a switch."""
        setattr(self._rig.factory.pad.wiring, act.text, True)

    def do_mend(self, _: Act) -> None:
        """Mend all wires and take other heat away."""
        wiring = self._rig.factory.pad.wiring
        for wire in wiring.sensors:
            wire.level, wire.held_c, wire.offset_c = None, None, 0.0
        wiring.heater_broken = wiring.mosfet_shorted = wiring.series_shorted = False
        self._rig.factory.plant.external_w, self._rig.board.silent = 0.0, 0

    def do_fault(self, act: Act) -> None:
        """Let one of the simulator's faults strike, for good."""
        self._rig.factory.inject(Fault(act.text, 0.0))

    def do_silent_adc(self, act: Act) -> None:
        """Let the converter be silent for some cycles."""
        self._rig.board.silent = int(act.number)

    def do_glitches(self, act: Act) -> None:
        """Let this share of all conversions give any code."""
        self._rig.factory.pad.adc.glitch_probability = act.number

    def do_warmth(self, act: Act) -> None:
        """Put another heat source on the pad."""
        self._rig.factory.plant.external_w = act.number

    def do_worn(self, act: Act) -> None:
        """Lift the pad, or put it on."""
        self._rig.factory.plant.worn = bool(act.number)

    def do_jam(self, act: Act) -> None:
        """Make every save fail, or work again: a folder lies where the new ledger is written."""
        jam = bool(act.number)
        if jam != os.path.isdir(self._obstacle):
            (os.mkdir if jam else os.rmdir)(self._obstacle)
            self._rig.books.jammed(jam)

    def do_restart(self, act: Act) -> None:
        """Pull the plug, and plug it in ``number`` seconds later. Not while the disk is jammed."""
        if os.path.isdir(self._obstacle):
            return
        self._rig.cycle(0.1)
        while not self._rig.books.saved:
            self._rig.cycle(0.1)
        self._enemy.hang_up()
        self._rig.power_down()
        self._rig.clock.advance(act.number)
        self._rig.books.passed(act.number)
        self._rig.books.restarted()
        self._rig.power_up()
