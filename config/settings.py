"""The whole configuration: its sections, and the rules between them."""

from collections.abc import Callable, Iterator
from typing import Any, Final, Self

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator

from config import rules
from config.explain import explain
from config.fields import Section
from config.problems import Problem, refuse
from config.sections.hardware import Adc, Hardware, Pad
from config.sections.heat import Control, Heat, LimitsSettings, PostSession
from config.sections.records import Records
from config.sections.service import Device, Mqtt, Paths
from config.sections.thermistor import SteinhartHart, Thermistor

__all__ = [
    "Adc",
    "Control",
    "Device",
    "Hardware",
    "Heat",
    "LimitsSettings",
    "Mqtt",
    "Pad",
    "Paths",
    "PostSession",
    "Records",
    "Settings",
    "SteinhartHart",
    "Thermistor",
]

_BETWEEN_SECTIONS: Final[tuple[tuple[Callable[..., Iterator[Problem]], tuple[str, ...]], ...]] = (
    (rules.heat_flux, ("pad", "hardware")),
    (rules.battery_is_seen, ("pad", "hardware")),
    (rules.heat_within_limits, ("heat", "limits")),
    (rules.post_session_within_limits, ("post_session", "limits")),
    (rules.triggers_come_from_others, ("post_session", "mqtt", "device")),
    (rules.presence_can_be_shown, ("mqtt", "hardware")),
)


class Settings(Section):
    """One whole configuration.

    Validation reports everything that is wrong at once, in sentences: a bad section does not hide
    the problems of the others.
    """

    device: Device
    pad: Pad
    hardware: Hardware
    heat: Heat = Heat()
    limits: LimitsSettings = LimitsSettings()
    control: Control = Control()
    post_session: PostSession = PostSession()
    mqtt: Mqtt = Mqtt()
    records: Records = Records()
    paths: Paths = Paths()

    @model_validator(mode="wrap")
    @classmethod
    def _all_problems_at_once(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        try:
            settings = handler(data)
        except ValidationError as error:
            sections = _valid_sections(cls, data, info)
            refuse("settings", [*explain(cls, error), *_between(sections)])
            raise  # not reached: an error has at least one problem
        refuse("settings", _between(dict(settings)))
        return settings


def _valid_sections(model: type[BaseModel], data: Any, info: ValidationInfo) -> dict[str, Any]:
    if not isinstance(data, dict):
        return {}
    valid = {}
    for name, field in model.model_fields.items():
        section = field.annotation
        if name not in data and not field.is_required():
            valid[name] = field.default
        elif isinstance(section, type) and issubclass(section, BaseModel):
            try:
                valid[name] = section.model_validate(data.get(name), context=info.context)
            except ValidationError:
                continue
    return valid


def _between(sections: dict[str, Any]) -> Iterator[Problem]:
    for rule, needed in _BETWEEN_SECTIONS:
        if sections.keys() >= set(needed):
            yield from rule(*(sections[name] for name in needed))
