"""Which interface serves which type of device."""

from custom_components.smartpvms.northbound.device_types import (
    DEVICE_TYPES,
    TypeForms,
    device_type_name,
    serves_history,
    serves_readings,
    serves_reports,
)


def served(what: str) -> set[int]:
    return {type_id for type_id, item in DEVICE_TYPES.items() if getattr(item, what)}


def test_types_of_each_interface() -> None:
    power_m = {60001, 60003, 60010, 60014, 60043}

    assert served("readings") == {
        *(1, 10, 17, 38, 39, 41, 47, 23070, 23093, 60044, 60092),
        *power_m,
    }
    assert served("history") == {
        *(1, 10, 17, 38, 39, 41, 47, 63, 23070, 23093),
        *power_m,
    }
    assert served("reports") == {1, 38, 39, 41, 23093}
    assert len(served("alarms")) == 26


def test_questions_about_a_type() -> None:
    assert device_type_name(38) == "Residential inverter"
    assert device_type_name(4711) is None
    assert serves_readings(38)
    assert not serves_readings(62)
    assert not serves_readings(4711)
    assert serves_history(63)
    assert not serves_history(4711)
    assert serves_reports(41)
    assert not serves_reports(47)
    assert DEVICE_TYPES[62].alarms
    assert not DEVICE_TYPES[41].alarms


def test_quoted_form_is_kept_where_it_brings_rows() -> None:
    forms = TypeForms()

    assert forms.wire(38) == 38
    assert forms.note(38, found=False)
    assert forms.wire(38) == "38"
    assert not forms.note(38, found=True)
    assert forms.wire(39) == "39"
    assert not forms.note(39, found=False)
    assert not forms.note(39, found=True)
    assert forms.wire(39) == "39"


def test_quoted_form_is_tried_once() -> None:
    forms = TypeForms()

    assert forms.note(39, found=False)
    assert not forms.note(39, found=False)
    assert forms.wire(39) == 39
    assert not forms.note(39, found=False)


def test_quoted_form_is_not_tried_where_numbers_work() -> None:
    forms = TypeForms()

    assert not forms.note(38, found=True)
    assert not forms.note(39, found=False)


def test_quoted_form_is_given_up_where_it_is_refused() -> None:
    forms = TypeForms()
    forms.refused(38)
    assert forms.note(38, found=False)
    forms.refused(38)

    assert forms.wire(38) == 38
    assert not forms.note(38, found=False)
