"""What one needs to cite the project says the same everywhere."""

from __future__ import annotations

import json
import re
import tomllib

import yaml
from packaging.version import Version

import sim
from tests.docs.blocks import PROJECT

PAPER = (PROJECT / "paper" / "paper.md").read_text(encoding="utf-8")
BIBLIOGRAPHY = (PROJECT / "paper" / "paper.bib").read_text(encoding="utf-8")


project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
codemeta = json.loads((PROJECT / "codemeta.json").read_text(encoding="utf-8"))


def test_one_version_released_or_in_development() -> None:
    versions = {project["version"], str(citation["version"]), codemeta["version"], sim.__version__}
    (version,) = versions
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\] - (\d{4}-\d\d-\d\d)$", changelog, re.M)
    last, date = released[0]
    dates = (codemeta.get("datePublished", ""), str(citation.get("date-released", "")))
    if Version(version).is_devrelease:
        assert Version(version) > Version(last) and dates == ("", "")
    else:
        assert (version, *dates) == (last, date, date)


def test_the_same_words() -> None:
    licences = project["license"].split(" AND ")
    assert codemeta["license"] == [f"https://spdx.org/licenses/{name}" for name in licences]
    texts = {file.name for file in (PROJECT / "sim" / "fonts").glob("*.txt")} | {"LICENSE"}
    assert texts < {name.split("/")[-1] for name in project["license-files"]}
    assert citation["license"] == licences[0], "of the code: its format knows one"
    package = json.loads((PROJECT / "seeds" / "datapackage.json").read_text(encoding="utf-8"))
    tables = package["resources"]
    assert {f.name for f in (PROJECT / "seeds").glob("*.csv")} == {of["path"] for of in tables}
    for each in (package["licenses"], [lic for table in tables for lic in table["licenses"]]):
        assert {of["name"] for of in each if "name" in of} == {*licences} - {"OFL-1.1"}
    for one in (citation["authors"], codemeta["author"]):
        assert [of["name"] for of in one] == [of["name"] for of in project["authors"]]


def test_every_reference_is_cited_and_every_citation_has_one() -> None:
    keys = set(re.findall(r"^@\w+\{(\w+),", BIBLIOGRAPHY, re.M))
    assert keys == set(re.findall(r"@(\w+)", PAPER))


def test_the_data_package_describes_every_cell_of_every_table() -> None:
    from frictionless import Package, validate  # slow to import: not in every process

    file = PROJECT / "seeds" / "datapackage.json"
    report = validate(str(file))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])[:10]
    assert all(table.schema.fields for table in Package(str(file)).resources)
