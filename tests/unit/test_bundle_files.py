"""Names of uploads are safe wherever the bundle is unpacked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bundles.files import safe_name

SAFE = re.compile(r"files/\d{6,}-[A-Za-z0-9_][A-Za-z0-9._-]*")


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("report.pdf", "files/000001-report.pdf"),
        ("Årsrapport 2024 (final).PDF", "files/000001-Arsrapport-2024-final.PDF"),
        ("../../etc/passwd", "files/000001-passwd"),
        ("C:\\temp\\a.docx", "files/000001-a.docx"),
        ("CON.txt", "files/000001-file-CON.txt"),
        ("nul", "files/000001-file-nul"),
        ("com1.tar.gz", "files/000001-file-com1.tar.gz"),
        ("日本語.pdf", "files/000001-file.pdf"),
        ("日本語", "files/000001-file"),
        (".htaccess", "files/000001-file.htaccess"),
        ("a.", "files/000001-a"),
        ("x" * 300 + ".pdf", f"files/000001-{'x' * 80}.pdf"),
        ("a\x00\r\nb.txt", "files/000001-a-b.txt"),
        ("..", "files/000001-file"),
        ("", "files/000001-file"),
        (None, "files/000001-file"),
    ],
)
def test_a_name_becomes_safe(original: str | None, name: str) -> None:
    assert safe_name(1, original) == name


@given(original=st.text(max_size=300), index=st.integers(1, 10**7))
def test_any_name_becomes_a_short_path_below_files(original: str, index: int) -> None:
    name = safe_name(index, original)
    assert SAFE.fullmatch(name)
    assert len(name) < 120
    assert name.startswith(f"files/{index:06}-")
    assert ".." not in name
