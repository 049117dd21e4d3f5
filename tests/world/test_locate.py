"""Data folders are found in a checkout and in an installed package, and only there."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.world.locate import find_data_folder


def test_finds_the_projects_seeds() -> None:
    assert (find_data_folder("seeds") / "countries.csv").is_file()


def _make(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True)


def test_checkout_has_the_folder_beside_the_package(tmp_path: Path) -> None:
    _make(tmp_path / "sim", tmp_path / "scenarios")
    (tmp_path / "pyproject.toml").touch()
    assert find_data_folder("scenarios", tmp_path / "sim") == tmp_path / "scenarios"


def test_wheel_has_the_folder_inside_the_package(tmp_path: Path) -> None:
    inside = tmp_path / "sim" / "_data" / "seeds"
    # Beside an installed package lie other people's packages.
    _make(inside, tmp_path / "seeds")
    assert find_data_folder("seeds", tmp_path / "sim") == inside


def test_a_strangers_folder_beside_an_installed_package_does_not_count(tmp_path: Path) -> None:
    _make(tmp_path / "sim", tmp_path / "seeds")
    with pytest.raises(InputError, match="looked in"):
        find_data_folder("seeds", tmp_path / "sim")
