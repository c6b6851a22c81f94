"""What stands for what, so that a file of diagnostics can be shown to anybody."""

from custom_components.smartpvms.diagnostics.aliases import HIDDEN, Aliases, as_object


def test_thing_has_one_alias_under_all_its_names() -> None:
    aliases = Aliases()

    assert aliases.add("plant", ["NE=1"], ["Mill"]) == "plant 1"
    assert aliases.add("device", ["SERIAL-1", "NE=12", None, "7000001"]) == "device 1"
    assert aliases.add("device", ["SERIAL-2"]) == "device 2"
    assert aliases.add("device", ["SERIAL-1"]) == "device 1"
    assert aliases.of("7000001") == aliases.of("NE=12") == "device 1"
    assert aliases.of("NE=999") == HIDDEN


def test_identifiers_are_replaced_in_keys_and_values_of_any_depth() -> None:
    aliases = Aliases()
    aliases.add("plant", ["NE=33554875"], ["Mill"])
    aliases.add("device", ["NE=33554876", "ES123456"])

    told = aliases.replaced(
        {
            "NE=33554875": [{"x": "of ES123456:external"}, 33554875, None, True],
            "other": "NE=335548750 and ES1234567 are others; so is Mill",
        }
    )

    assert told == {
        "plant 1": [{"x": "of device 1:external"}, 33554875, None, True],
        "other": "NE=335548750 and ES1234567 are others; so is Mill",
    }


def test_names_are_replaced_where_the_cloud_speaks() -> None:
    aliases = Aliases()
    aliases.add("plant", ["NE=33554875"], ["Old Mill", ""])
    aliases.add("plant", ["NE=33554876"], ["Old Mill (barn)"])

    told = aliases.without_names(["Old Mill (barn) is busy", "Old Mills", "Old Mill"])

    assert told == ["plant 2 is busy", "Old Mills", "plant 1"]


def test_short_identifiers_are_not_taken_for_other_numbers() -> None:
    aliases = Aliases()
    aliases.add("device", ["2026"])

    assert aliases.replaced("2026-06-21") == "2026-06-21"
    assert aliases.of("2026") == "device 1"


def test_nothing_known_replaces_nothing() -> None:
    assert Aliases().without_names({"a": "b"}) == {"a": "b"}


def test_what_is_no_object_is_an_empty_one() -> None:
    assert as_object([1]) == {}
    assert as_object({"a": 1}) == {"a": 1}
