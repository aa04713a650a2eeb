import os
import stat
import threading
from pathlib import Path

import pytest

from advisor.errors import AdvisorError
from advisor.files import make_folder, read_bounded, write_atomically


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "link"):
        with pytest.raises(AdvisorError, match="device or a pipe"):
            write_atomically(tmp_path / name, b"new")
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").readlink() == Path("/dev/null")


def test_longest_name_that_a_file_may_have_is_written(tmp_path):
    path = tmp_path / ("x" * 255)
    write_atomically(path, b"data")
    assert path.read_bytes() == b"data"
    with pytest.raises(AdvisorError, match="too long"):
        write_atomically(tmp_path / ("x" * 256), b"data")


def test_private_file_stays_so_while_others_are_written(tmp_path):
    """The permissions of a process belong to all its threads: writing must not open them for a moment."""
    stop = threading.Event()

    def write():
        while not stop.is_set():
            write_atomically(tmp_path / "report", b"")

    before = os.umask(0o077)
    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(300):
            private = tmp_path / f"private-{number}"
            private.touch()
            assert stat.S_IMODE(private.stat().st_mode) == 0o600
    finally:
        stop.set()
        thread.join()
        os.umask(before)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_reading_ends_whatever_the_file_is(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(bytes(2000))
    assert read_bounded(tmp_path / "pipe", 1024) == b"", "nobody writes to it"
    for path, words in (
        ("/dev/zero", "no file"),
        (tmp_path / "large", "larger than 1 KiB"),
        (tmp_path, "directory"),
        (tmp_path / "absent", "No such file"),
        (tmp_path / ("x" * 300), "too long"),
    ):
        with pytest.raises(AdvisorError, match=words):
            read_bounded(Path(path), 1024)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs pipes that have a name")
def test_pipe_that_a_shell_hands_over_is_read_to_its_end():
    reader, writer = os.pipe()
    thread = threading.Thread(target=lambda: (os.write(writer, b"needs"), os.close(writer)))
    thread.start()
    try:
        assert read_bounded(Path(f"/dev/fd/{reader}"), 1024) == b"needs"
    finally:
        thread.join()
        os.close(reader)


def test_folder_that_can_not_be_made_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(AdvisorError, match="a file is in the way"):
        make_folder(tmp_path / "file")
    with pytest.raises(AdvisorError, match="not a folder"):
        make_folder(tmp_path / "file" / "below")
    with pytest.raises(AdvisorError, match="too long"):
        make_folder(tmp_path / ("x" * 300))
