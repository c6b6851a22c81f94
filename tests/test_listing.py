"""What has to happen before something that was listed is gone."""

from datetime import UTC, datetime, timedelta

from custom_components.smartpvms.listing import APART, Listing

START = datetime(2026, 6, 21, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def taken(*lists: str) -> list[str]:
    """Return what is there after lists of single letters, read an hour apart."""
    listing = Listing[str, int]()
    return [
        "".join(sorted(listing.take(dict.fromkeys(letters, 0), START + HOUR * number)))
        for number, letters in enumerate(lists)
    ]


def test_first_list_is_believed() -> None:
    assert taken("ab") == ["ab"]


def test_new_item_is_there_at_once() -> None:
    assert taken("a", "ab") == ["a", "ab"]


def test_item_is_gone_when_a_second_list_lacks_it() -> None:
    assert taken("ab", "a", "a") == ["ab", "ab", "a"]


def test_item_that_comes_back_counts_as_never_gone() -> None:
    assert taken("ab", "a", "ab", "a") == ["ab", "ab", "ab", "ab"]


def test_empty_list_says_nothing() -> None:
    assert taken("ab", "", "", "") == ["ab", "ab", "ab", "ab"]


def test_empty_list_between_two_that_agree_changes_nothing() -> None:
    assert taken("ab", "a", "", "a") == ["ab", "ab", "ab", "a"]


def test_plant_without_devices_has_none() -> None:
    assert taken("", "", "a") == ["", "", "a"]


def test_two_lists_in_one_moment_are_one() -> None:
    listing = Listing[str, int]()
    listing.take({"a": 0, "b": 0}, START)
    listing.take({"a": 0}, START + HOUR)

    assert set(listing.take({"a": 0}, START + HOUR + APART / 2)) == {"a", "b"}
    assert set(listing.take({"a": 0}, START + HOUR + APART)) == {"a"}


def test_newer_version_of_an_item_replaces_the_older() -> None:
    listing = Listing[str, int]()
    listing.take({"a": 1}, START)

    assert listing.take({"a": 2}, START + HOUR) == {"a": 2}


def test_absence_is_proved_by_two_lists_apart() -> None:
    listing = Listing[str, int]()
    assert not listing.proves_absence
    listing.take({"a": 0}, START)
    assert not listing.proves_absence
    listing.take({"a": 0}, START + APART / 2)
    assert not listing.proves_absence
    listing.take({}, START + APART * 2)
    assert not listing.proves_absence
    listing.take({"a": 0}, START + APART * 2)
    assert listing.proves_absence


def test_what_was_known_before_proves_nothing() -> None:
    listing = Listing[str, int]({"a": 0, "b": 0})
    assert listing.count == 2
    assert not listing.proves_absence
    assert set(listing.take({"a": 0}, START)) == {"a", "b"}
    assert not listing.proves_absence
    assert set(listing.take({"a": 0}, START + APART)) == {"a"}
    assert listing.proves_absence
