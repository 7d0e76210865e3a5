"""The task app in a real browser: what a person sees, does and logs in to; and pictures of it."""

import struct
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.lab.browser.conftest import Running
from tests.support.browser import Browser, BrowserError, browser, missing, screenshot

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"this machine lacks {missing()}")


@pytest.fixture(scope="module")
def page() -> Generator[Browser]:
    with browser() as opened:
        yield opened


def size(picture: Path) -> tuple[int, int]:
    """Read width and height of a PNG."""
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", content[16:24])


def test_a_person_adds_a_task(app: Running, page: Browser) -> None:
    page.goto(f"{app.url}/")
    page.fill("input[name=title]", 'Mount the "switch" & label it')
    page.click("form[action='/tasks/add'] button")
    assert 'Mount the "switch" & label it' in page.text(".tasks")
    assert "server2" in page.text("footer")


def test_an_administrator_logs_in_and_makes_a_task(app: Running, page: Browser) -> None:
    page.goto(f"{app.url}/admin/")
    page.fill("#id_username", app.user)
    page.fill("#id_password", "wrong")
    page.click("[type=submit]")
    assert "correct username and password" in page.text()
    page.fill("#id_username", app.user)
    page.fill("#id_password", app.password)
    page.click("[type=submit]")
    assert page.url == f"{app.url}/admin/"
    page.goto(f"{app.url}/admin/tasks/task/add/")
    page.fill("#id_title", "Made in the admin")
    page.click("[name=_save]")
    assert "was added successfully" in page.text()
    page.goto(f"{app.url}/")
    assert "Made in the admin" in page.text(".tasks")


def test_a_picture_is_as_large_as_asked_for(app: Running, tmp_path: Path) -> None:
    screenshot(f"{app.url}/", tmp_path / "tasks.png", 1000, 700)
    assert size(tmp_path / "tasks.png") == (1000, 700)


def test_a_picture_of_all_of_a_long_page(app: Running, page: Browser, tmp_path: Path) -> None:
    page.goto(f"{app.url}/")
    page.evaluate("document.body.style.minHeight = '3000px'")
    page.screenshot(tmp_path / "long.png", full=True)
    assert size(tmp_path / "long.png")[1] >= 3000


def test_what_is_not_there_is_told(app: Running, page: Browser) -> None:
    page.goto(f"{app.url}/")
    with pytest.raises(BrowserError, match=r"has nothing that matches #nowhere"):
        page.text("#nowhere")
    with pytest.raises(BrowserError, match=r"http://127\.0\.0\.1:1/ can't be opened: net::ERR_\w+"):
        page.goto("http://127.0.0.1:1/")
    with pytest.raises(BrowserError, match="sesame"):
        page.evaluate("throw new Error('sesame')")
