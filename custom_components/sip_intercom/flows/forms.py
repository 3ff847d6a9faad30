"""What the forms of all flows share."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import CONF_PASSWORD
from homeassistant.data_entry_flow import (
    FlowContext,
    FlowHandler,
    FlowResult,
    SectionConfig,
    section,
)
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from ..const import CONF_CAMERA_PASSWORD

type FormData = dict[str, Any]

BASE: Final = "base"
_PASSWORDS: Final = frozenset({CONF_PASSWORD, CONF_CAMERA_PASSWORD})

TEXT: Final = TextSelector()
TEXTS: Final = TextSelector(TextSelectorConfig(multiple=True))
PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)


class FormError(Exception):
    """An input that the form shows as wrong.

    The frontend shows no errors of single fields inside a section: those
    belong to the base and their text names the field.
    """

    def __init__(self, error: str, *, field: str = BASE, **placeholders: str) -> None:
        super().__init__(error)
        self.errors = {field: error}
        self.placeholders = placeholders


def show_form[C: FlowContext, R: FlowResult[Any, Any], H](
    flow: FlowHandler[C, R, H],
    step: str,
    schema: probatio.Schema,
    values: Mapping[str, Any],
    error: FormError | None = None,
    placeholders: Mapping[str, str] | None = None,
) -> R:
    """Show a form with these values and what is wrong with them."""
    return flow.async_show_form(
        step_id=step,
        data_schema=flow.add_suggested_values_to_schema(schema, values),
        errors=error.errors if error else {},
        description_placeholders={
            **(placeholders or {}),
            **(error.placeholders if error else {}),
        },
    )


def whole_number(
    minimum: int, maximum: int, unit: str | None = None
) -> probatio.All[Any]:
    """Return a validator and selector of a whole number."""
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return probatio.All(NumberSelector(config), probatio.Coerce(int))


PORT: Final = whole_number(1, 65535)


def choice(key: str, options: Iterable[str]) -> SelectSelector:
    """Return a selector of one of these options, translated under the key."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(option) for option in options],
            translation_key=key,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def closed_section(schema: probatio.Schema) -> section:
    """Return a section that the form shows folded."""
    return section(schema, SectionConfig(collapsed=True))


type Sections = Mapping[str, probatio.Schema]
"""The sections of a form by their keys."""

NO_SECTION: Final[Sections] = {}


def flatten(
    user_input: Mapping[str, Any],
    sections: Sections,
    stored: Mapping[str, Any] | None = None,
) -> FormData:
    """Return the input with its sections dissolved and nothing empty in it.

    A section that was not sent has what is stored, or else its defaults.
    """
    fields = {key: user_input[key] for key in user_input if key not in sections}
    nested = nest(stored or {}, sections)
    for key, schema in sections.items():
        section_input = user_input.get(key)
        if section_input is None:
            section_input = schema({}) | nested[key]
        fields |= section_input
    stripped = {
        key: value if key in _PASSWORDS else _strip(value)
        for key, value in fields.items()
    }
    return {key: value for key, value in stripped.items() if value not in ("", [])}


def nest(data: Mapping[str, Any], sections: Sections) -> FormData:
    """Return stored data as the form with its sections shows them."""
    nested: FormData = {}
    inner: set[str] = set()
    for section_key, schema in sections.items():
        fields = {str(marker) for marker in schema.schema}
        inner |= fields
        nested[section_key] = {key: data[key] for key in data if key in fields}
    return {key: data[key] for key in data if key not in inner} | nested


def _strip(value: Any) -> Any:
    match value:
        case str():
            return value.strip()
        case list():
            return [
                text
                for text in (_strip(item) for item in value)
                if text not in ("", [])
            ]
        case _:
            return value
