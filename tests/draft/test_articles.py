"""Articles from files of every form, and files that lie about what they are."""

import io
import zipfile
from pathlib import Path

import pytest

from wherenow.draft.text.articles import LARGEST_FILE, read_source
from wherenow.errors import UsageError

BODY = "The lake fell because the rain failed. Nobody had expected that so soon, and the town went on as before."


def made(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def pdf(*lines: str) -> bytes:
    """A PDF file of one page."""
    shown = "BT /F1 12 Tf 72 720 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out.encode()


def docx(*paragraphs: str) -> bytes:
    document = pytest.importorskip("docx").Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.add_table(1, 2)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_plain_text_is_kept_to_the_character(tmp_path):
    text = "A title\n\nOne  line\nand another.\n"
    assert read_source(made(tmp_path, "a.txt", text)).text == text


def test_markdown_loses_its_marks_and_tells_what_was_left_out(tmp_path):
    source = read_source(
        made(tmp_path, "a.md", f"# Water\n\n{BODY[:38]} **{BODY[39:]}**\n\n```\ncode\n```\n\n![p](p.png)\n")
    )
    assert source.text.startswith(f"Water\n\n{BODY}\n")
    assert source.left_out == ("1 block of code", "1 picture")


def test_html_gives_the_article_without_menus_and_scripts(tmp_path):
    page = (
        "<!DOCTYPE html><html><head><title>Water</title><script>document.write('gone')</script></head><body><nav>Home "
        f"About</nav><article><h1>Water</h1><p>{BODY}</p><p>{BODY.replace('lake', 'pond')}</p></article></body></html>"
    )
    source = read_source(made(tmp_path, "a.html", page))
    assert BODY in source.text
    assert "document" not in source.text
    assert "Home" not in source.text
    assert source.title == "Water"


def test_docx_gives_its_paragraphs_and_counts_its_tables(tmp_path):
    source = read_source(made(tmp_path, "a.docx", docx("Water", BODY)))
    assert source.text == f"Water\n\n{BODY}\n"
    assert source.left_out == ("1 table",)


def test_pdf_lines_are_joined_into_paragraphs(tmp_path):
    source = read_source(
        made(tmp_path, "a.pdf", pdf("Water", "The lake fell because the rain of the whole year", "failed."))
    )
    assert "The lake fell because the rain of the whole year failed." in source.text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("fake.pdf", "no PDF at all", "is not a PDF file"),
        ("broken.pdf", b"%PDF-1.7\n\x00\x01garbage", "cannot be read as PDF"),
        ("fake.docx", "no zip at all", "is not a DOCX file"),
        ("broken.docx", b"PK\x03\x04 and then nothing", "cannot be read as DOCX"),
        ("a.xyz", "what is it", "unknown form"),
        ("empty.txt", "  \n ", "holds no text"),
        ("bytes.txt", b"\xff\x00\x01\x02\x80\x81", "is binary, not text"),
    ],
)
def test_a_file_that_is_not_what_it_says_gets_a_message(tmp_path, name, content, says):
    path = made(tmp_path, name, content)
    with pytest.raises(UsageError, match=says):
        read_source(path)


def test_a_docx_that_unpacks_without_end_is_refused(tmp_path):
    file = io.BytesIO(docx("Water"))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/media/bomb.bin", b"\0" * 80_000_000)
    with pytest.raises(UsageError, match="unpacks to more than"):
        read_source(made(tmp_path, "bomb.docx", file.getvalue()))


def test_a_file_of_many_megabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(UsageError, match="at most 20 are read"):
        read_source(path)


def test_characters_that_hide_or_reverse_words_become_blanks_and_are_reported(tmp_path):
    source = read_source(made(tmp_path, "a.txt", "The lake\u202e fell\u200b."))
    assert source.text == "The lake  fell ."
    assert source.left_out == ("2 characters that cannot be seen",)


def test_a_text_in_another_script_is_refused_by_the_embedded_reader():
    pytest.importorskip("spacy")
    from wherenow.draft.readers.embedded import read

    with pytest.raises(UsageError, match="not Latin"):
        read("انخفض مستوى البحيرة لأن الأمطار لم تهطل.")


def test_a_million_words_are_refused_at_once():
    pytest.importorskip("spacy")
    from wherenow.draft.readers.embedded import read

    with pytest.raises(UsageError, match="at most 200,000 are read"):
        read("word " * 1_000_000)
