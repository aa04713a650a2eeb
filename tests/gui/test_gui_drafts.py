"""Drafts: what was answered is there again."""

import msgspec

from advisor.assessment.model import RunOptions
from advisor.decision.model import Needs, ProjectStage
from advisor.gui.drafts import Drafts


def test_a_draft_comes_back_as_it_was(tmp_path) -> None:
    drafts = Drafts(tmp_path)
    draft = msgspec.structs.replace(
        drafts.new("thorough"),
        needs=Needs(title="one", stage=ProjectStage.EDGE),
        seen=("goal", "team"),
        step="team",
    )
    saved = drafts.save(draft)
    assert Drafts(tmp_path).list() == (saved,)
    assert msgspec.structs.replace(saved, changed_at=draft.changed_at) == draft


def test_the_draft_changed_last_comes_first(tmp_path) -> None:
    drafts = Drafts(tmp_path)
    for number, moment in enumerate(("2026-01-02", "2026-01-03", "2026-01-01")):
        draft = drafts.save(msgspec.structs.replace(drafts.new("quick"), id=f"draft-{number}"))
        path = tmp_path / "drafts" / f"{draft.id}.json"
        path.write_bytes(msgspec.json.encode(msgspec.structs.replace(draft, changed_at=moment)))
    assert [draft.id for draft in drafts.list()] == ["draft-1", "draft-0", "draft-2"]


def test_files_that_are_no_drafts_are_passed_over_and_kept(tmp_path) -> None:
    drafts = Drafts(tmp_path)
    kept = drafts.save(drafts.new("quick"))
    folder = tmp_path / "drafts"
    (folder / "broken.json").write_text("{")
    (folder / "foreign.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(kept, id="../../elsewhere"))
    )
    assert drafts.list() == (kept,)
    assert (folder / "broken.json").exists()


def test_a_removed_draft_is_gone_and_removing_it_again_is_no_fault(tmp_path) -> None:
    drafts = Drafts(tmp_path)
    draft = drafts.save(drafts.new("quick"))
    drafts.remove(draft.id)
    drafts.remove(draft.id)
    assert drafts.list() == ()


def test_a_draft_of_the_first_version_keeps_its_budget_and_device(tmp_path) -> None:
    drafts = Drafts(tmp_path)
    draft = drafts.new("quick")
    old = {"id": draft.id, "changed_at": draft.changed_at, "needs": {}, "budget": "thorough", "device": "cpu"}
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / f"{draft.id}.json").write_bytes(msgspec.json.encode(old))
    (found,) = drafts.list()
    assert found.options == RunOptions(budget="thorough", device="cpu")
