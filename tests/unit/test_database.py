"""The database's address: without a password, with its file, and each mistake named; and whether it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hub_material import database, site, site_data

from aif.core.errors import SiteError
from aif_hub.database import answers, database_url


def url_of(**hub: Any) -> str:
    return database_url(site(hub={**site_data()["hub"], **hub}))


def test_without_a_word_it_is_sqlite_in_the_state_folder() -> None:
    assert url_of() == "sqlite:////var/lib/aif/jupyterhub.sqlite"


def test_postgresqls_password_stands_in_its_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "pgpass"
    path.write_text("*:*:*:*:s3cret\n")
    path.chmod(0o600)
    made = url_of(database="postgresql://aif@db.example.org/aif?sslmode=verify-full", database_passfile=str(path))
    assert made.startswith("postgresql+psycopg://aif@db.example.org/aif?")
    assert "sslmode=verify-full" in made
    assert "passfile=" in made
    assert "s3cret" not in made
    path.chmod(0o640)
    with pytest.raises(SiteError, match=r"database_passfile: .* is ignored unless only the hub can read it"):
        url_of(database="postgresql://aif@db.example.org/aif", database_passfile=str(path))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://aif@db/aif", r"must begin with postgresql\+psycopg"),
        ("postgresql://aif:pw@db/aif", "must hold no password"),
        ("our database", "is no address"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(address: str, words: str) -> None:
    with pytest.raises(SiteError, match=f"hub.database: {words}"):
        url_of(database=address)


def test_a_database_that_answers_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    opened = database(tmp_path / "db.sqlite")()
    assert answers(opened) is True
    away = database(tmp_path / "no-folder/db.sqlite")()
    assert answers(away) is False
