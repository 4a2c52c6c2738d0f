"""A bucket is really a bucket: no promise on S3 is proven on folders by mistake."""

from __future__ import annotations

from pathlib import Path

from tests.drive import archive_hours, load_archive, place
from tests.promises.archives import hour_number, rudderstack_files, write_archive, write_file
from tests.promises.dirty import real_lines
from tests.promises.proof import prove, read_again
from tests.s3 import Store


def test_archive_and_lake_of_a_place_in_a_bucket_are_there_and_follow_the_folder(tmp_path: Path, s3: Store) -> None:
    archive = write_archive(tmp_path / "archive", {hour_number(0): [real_lines()[:5]]})
    where = place(archive, tmp_path / "loaded", store=s3)
    load_archive(where)
    assert where.bucket is not None
    assert where.located.archive.startswith(f"s3://{where.bucket.name}/archive/")
    assert {key.partition("/")[0] for key in where.bucket.keys("")} == {"archive", "lake"}
    assert not (where.folder / "lake").exists()
    prove(where, read_again(rudderstack_files(archive)))
    write_file(archive, hour_number(1), 0, real_lines()[5:8])
    rudderstack_files(archive)[0].path.unlink()
    assert archive_hours(where) == [hour_number(1)]
