import os
import stat
from pathlib import Path

import pytest

from advisor.errors import AdvisorError
from advisor.files import write_atomically


def test_file_is_replaced_whole(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["report.pdf"]


def test_permissions_are_those_of_any_new_file(tmp_path):
    write_atomically(tmp_path / "ours", b"")
    (tmp_path / "plain").touch()
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "plain").stat().st_mode
    )


def test_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(AdvisorError, match="does not exist"):
        write_atomically(tmp_path / "nowhere" / "report.pdf", b"")


def test_folder_in_the_way_is_named(tmp_path):
    (tmp_path / "report.pdf").mkdir()
    with pytest.raises(AdvisorError, match="folder"):
        write_atomically(tmp_path / "report.pdf", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    real = os.fdopen

    def onto_full_disk(descriptor, mode):
        os.dup2(os.open("/dev/full", os.O_WRONLY), descriptor)
        return real(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", onto_full_disk)
    with pytest.raises(AdvisorError, match="disk is full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["report.pdf"]
