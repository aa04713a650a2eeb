import sqlite3

import msgspec
import pytest

from advisor.assessment import document
from advisor.assessment.model import Status
from advisor.assessment.store import Store, new_id
from advisor.errors import AdvisorError
from tests.samples import sample_assessment


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


@pytest.fixture
def saved(store):
    assessment = msgspec.structs.replace(sample_assessment("standard"), id=new_id(), title="First")
    store.save(assessment)
    return assessment


def test_saved_assessment_is_read_back_the_same(store, saved):
    assert store.load(saved.id) == saved


def test_history_shows_verdict_without_opening_files(store, saved):
    entry = store.entries()[0]
    assert (entry.id, entry.title) == (saved.id, "First")
    assert entry.recommended == saved.decision.verdict.recommended
    assert entry.tasks == tuple(saved.needs.tasks)


def test_history_is_newest_first_and_latest_names_the_newest(store, saved):
    newer = msgspec.structs.replace(saved, id="29990101-000000-abcd", created_at="2999-01-01T00:00:00+00:00")
    store.save(newer)
    assert [entry.id for entry in store.entries()] == [newer.id, saved.id]
    assert store.load("latest").id == newer.id


def test_beginning_of_an_id_is_enough_where_only_one_has_it(store, saved):
    assert store.resolve(saved.id[:-1]) == saved.id
    store.save(msgspec.structs.replace(saved, id=saved.id[:-1] + "zz"))
    with pytest.raises(AdvisorError, match="2 assessments begin"):
        store.resolve(saved.id[:-1])


def test_file_changed_by_another_program_is_noticed(store, saved, tmp_path):
    store.entries()
    Store(tmp_path).save(msgspec.structs.replace(saved, title="Renamed elsewhere"))
    assert store.entries()[0].title == "Renamed elsewhere"


def test_removed_assessment_can_be_restored_until_the_trash_is_emptied(store, saved):
    store.remove(saved.id)
    assert store.entries() == ()
    store.restore(saved.id)
    assert store.load(saved.id) == saved
    store.remove(saved.id)
    store.empty_trash()
    with pytest.raises(FileNotFoundError):
        store.restore(saved.id)


def test_running_assessment_is_neither_removed_nor_run_twice(store, saved, tmp_path):
    with store.running(saved.id):
        with pytest.raises(AdvisorError, match="being run"):
            Store(tmp_path).remove(saved.id)
        with pytest.raises(AdvisorError, match="being run"), Store(tmp_path).running(saved.id):
            pass


def test_only_a_run_that_nobody_holds_counts_as_interrupted(store, saved, tmp_path):
    running = msgspec.structs.replace(saved, id=new_id(), status=Status.RUNNING)
    store.save(running)
    assert [entry.id for entry in store.interrupted()] == [running.id]
    with store.running(running.id):
        assert Store(tmp_path).interrupted() == ()


@pytest.mark.parametrize("harm", [b"", b"not a database", None])
def test_damaged_index_is_rebuilt_from_the_files(store, saved, harm):
    store.entries()
    index = store.folder / "index.sqlite"
    if harm is None:
        connection = sqlite3.connect(index)
        connection.execute("PRAGMA user_version = 99")
        connection.commit()
        connection.close()
    else:
        index.write_bytes(harm)
    assert [entry.id for entry in store.entries()] == [saved.id]


def test_unreadable_file_stays_and_is_left_out_of_the_history(store, saved):
    stray = store.folder / "stray.json"
    stray.write_text("{}")
    assert [entry.id for entry in store.entries()] == [saved.id]
    assert stray.exists()


def test_import_keeps_both_of_two_assessments_with_one_id(store, saved, tmp_path):
    file = tmp_path / "from-a-colleague.json"
    file.write_bytes(document.encode(msgspec.structs.replace(saved, title="Theirs")))
    added = store.add(file)
    assert added.id != saved.id
    assert {entry.title for entry in store.entries()} == {"First", "Theirs"}


def test_imported_id_can_not_leave_the_folder(store, saved, tmp_path):
    file = tmp_path / "evil.json"
    file.write_bytes(document.encode(msgspec.structs.replace(saved, id="../../evil")))
    added = store.add(file)
    assert store.path(added.id).parent == store.folder


@pytest.mark.parametrize("identity", ["", "../x", "a/b", ".hidden", "c:x"])
def test_ids_that_are_no_file_names_are_refused(store, identity):
    with pytest.raises(AdvisorError):
        store.path(identity)


def test_what_could_not_be_read_again_is_not_saved(store, saved):
    endless = msgspec.structs.replace(saved, elapsed_s=float("inf"))
    with pytest.raises(AdvisorError, match="elapsed_s"):
        store.save(endless)
    assert store.load(saved.id) == saved


def test_a_file_that_can_not_be_read_is_named_with_its_reason(store, saved):
    (store.folder / "broken.json").write_text('{"schema_version": 2}')
    assert [entry.id for entry in store.entries()] == [saved.id]
    (found,) = store.unreadable()
    assert found.id == "broken" and "damaged" in found.reason
