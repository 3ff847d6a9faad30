"""Whatever is linked in is named, with its checksum and its terms."""

from dataclasses import replace
import json
from pathlib import Path

import pytest

from native.builder.pjproject import patches
from native.builder.sources import pinned
from native.builder.tools import REQUIREMENTS
from release.errors import ReleaseError
from release.licences import third_party
from release.pack import Order, content
from release.parts import Part, of_source
from release.terms import comment

from .conftest import archived


def test_third_party_quotes_every_licence(parts: list[Part]) -> None:
    text = third_party("1.2.3", parts).decode()

    for part in parts:
        assert f"### {part.name} {part.version} ({part.licence})" in text
        assert all(digest in text for digest in part.sha256)
        assert part.texts
        for quoted in part.texts:
            assert f"~~~~\n{quoted.text.strip()}\n~~~~" in text
    assert "tag `v1.2.3`" in text


def test_every_pin_is_among_the_parts(parts: list[Part]) -> None:
    digests = {digest for part in parts for digest in part.sha256}
    names = {part.name for part in parts}

    assert {source.name for source in pinned()} <= names
    for digest in REQUIREMENTS.read_text().split("sha256:")[1:]:
        assert digest.split()[0] in digests


def test_archive_that_only_the_project_has(tmp_path: Path) -> None:
    source, path = archived(pinned()[0], tmp_path)
    other = replace(source, sha256="0" * 64, upstream_sha256=path.name)

    assert of_source(source, path).archive == source.file
    found = of_source(other, path)
    assert (found.archive, found.sha256) == (source.upstream, (path.name,))


def test_bill_of_materials(order: Order, parts: list[Part]) -> None:
    files = content(order)
    bill = json.loads(files["sbom.cdx.json"])
    components = {each["bom-ref"]: each for each in bill["components"]}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == "1.2.3"
    for part in parts:
        found = components.pop(part.name)
        assert found["version"] == part.version
        assert [each["content"] for each in found["hashes"]] == list(part.sha256)
    assert len(components) == 4
    for name in components:
        assert name in files
    (ours, *others) = bill["dependencies"]
    assert set(ours["dependsOn"]) == set(components)
    for each in others:
        assert set(each["dependsOn"]) == {part.name for part in parts}


def test_bill_tells_our_patches(order: Order) -> None:
    bill = json.loads(content(order)["sbom.cdx.json"])
    (pjsip,) = (each for each in bill["components"] if each["name"] == "pjproject")

    addresses = [each["diff"]["url"] for each in pjsip["pedigree"]["patches"]]
    assert [Path(address).name for address in addresses] == [
        patch.name for patch in patches()
    ]


def test_a_source_without_terms_is_no_release(tmp_path: Path) -> None:
    source = replace(pinned()[0], name="new")
    with pytest.raises(ReleaseError, match=r"has new: say in .*terms\.py"):
        of_source(source, tmp_path / "none")


def test_a_licence_that_is_gone_is_no_release(tmp_path: Path) -> None:
    (openssl,) = (source for source in pinned() if source.name == "openssl")
    (opus,) = (source for source in pinned() if source.name == "opus")
    _, path = archived(opus, tmp_path)
    with pytest.raises(ReleaseError, match=r"has no LICENSE\.txt"):
        of_source(openssl, path)


def test_notice_of_a_file() -> None:
    head = "/* Mine */\n#include <a.h>\n/* Also\n mine */"
    assert comment(f"{head}\nint a; /* not this */\n") == head
    with pytest.raises(ReleaseError, match="does not"):
        comment("int a; /* too late */")
