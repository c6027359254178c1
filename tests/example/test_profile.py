"""The example's profile: picture, states of a login, and logging out everywhere."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from cbv.testing import assert_redirects
from cbv.testing import count_queries
from example_app.blog import pictures
from example_app.blog.models import Picture
from example_app.blog.models import User
from example_app.blog.pictures import drawn_anew
from example_app.blog.pictures import SIDE

pytest_plugins = ["support.example_blog"]

SECRET = "a long enough word"


def picture(kind="PNG", size=(400, 300), **options):
    """Return the bytes of a picture."""
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **options)
    return file.getvalue()


def upload(content, name="me.png"):
    return {"email": "ann@example.com", "picture": (BytesIO(content), name)}


@pytest.fixture
def client(blog):
    """A client logged in as ann."""
    blog.add_user("ann")
    return blog.client("ann")


# --- the page -----------------------------------------------------------------------


def test_a_profile_needs_a_login(blog):
    """It is that of whoever is logged in."""
    assert_redirects(blog.client().get("/profile/"), "/login/?next=/profile/", 302)


def test_the_fields_stand_in_the_order_in_which_they_are_written(client):
    """Those of the model first."""
    form = client.get("/profile/").context["form"]
    assert [field.name for field in form] == ["email", "picture", "drop"]


def test_the_mail_address_is_changed(blog, client):
    """And of this user alone."""
    blog.add_user("bob")
    response = client.post("/profile/", data={"email": "new@example.com"})
    assert_redirects(response, "/profile/", 303)
    addresses = blog.scalars(select(User.email).order_by(User.id))
    assert addresses == ["new@example.com", "bob@example.com"]


def test_an_address_that_is_taken_is_an_error(blog, client):
    """Beside the field; nothing is saved, the picture neither."""
    blog.add_user("bob")
    data = {**upload(picture()), "email": "bob@example.com"}
    response = client.post("/profile/", data=data)
    assert list(response.context["form"].errors) == ["email"]
    assert blog.scalars(select(Picture.user_id)) == []


# --- pictures -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_drawn_anew_as_a_square_png(blog, client, kind):
    """Whatever kind it was; it is served with its own type only."""
    client.post("/profile/", data=upload(picture(kind)))
    (user_id,) = blog.scalars(select(Picture.user_id))
    response = client.get(f"/picture/{user_id}")
    assert response.content_type == "image/png"
    assert Image.open(BytesIO(response.data)).size == (SIDE, SIDE)
    assert f"/picture/{user_id}" in client.get("/profile/").text


def test_what_else_was_in_the_file_is_gone(client, blog):
    """A script hidden in a comment, or the place where a photo was taken."""
    exif = Image.Exif()
    exif[0x010E] = "<script>secret place</script>"
    client.post("/profile/", data=upload(picture("JPEG", exif=exif), "a.jpg"))
    (content,) = blog.scalars(select(Picture.content))
    assert b"secret place" not in content


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        picture("JPEG")[:200],
        picture("BMP"),
    ],
    ids=["svg", "half a gif", "broken", "cut off", "bmp"],
)
def test_what_is_no_picture_is_an_error_beside_the_field(blog, client, content):
    """Judged by what is in it, whatever it is called; nothing is saved."""
    response = client.post("/profile/", data=upload(content, "me.png"))
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["picture"]
    assert blog.scalars(select(Picture.user_id)) == []


def test_a_picture_of_too_many_pixels_is_an_error(client, monkeypatch):
    """Before any of them is unpacked: a small file may hold a huge picture."""
    monkeypatch.setattr(pictures, "MOST_PIXELS", 100)
    response = client.post("/profile/", data=upload(picture(size=(11, 10))))
    assert list(response.context["form"].errors) == ["picture"]


def test_a_file_over_the_limit_is_not_even_opened(client, monkeypatch):
    """The limit is said in the error."""
    monkeypatch.setattr(pictures, "MOST_BYTES", 1000)
    response = client.post("/profile/", data=upload(b"x" * 1001))
    errors = response.context["form"].errors
    assert errors == {"picture": ["A picture has 1,000 bytes at most."]}


def test_the_old_picture_stays_without_a_new_one(blog, client):
    """An empty field changes nothing; a tick takes the picture away."""
    client.post("/profile/", data=upload(picture()))
    client.post("/profile/", data={"email": "ann@example.com"})
    assert len(blog.scalars(select(Picture.user_id))) == 1
    client.post("/profile/", data={"email": "ann@example.com", "drop": "y"})
    assert blog.scalars(select(Picture.user_id)) == []


def test_a_picture_is_replaced(blog, client):
    """One a user."""
    client.post("/profile/", data=upload(picture()))
    client.post("/profile/", data=upload(picture(size=(50, 50))))
    assert len(blog.scalars(select(Picture.user_id))) == 1


def test_a_picture_is_sent_again_only_when_it_changed(client, blog):
    """304 to a browser that has it."""
    client.post("/profile/", data=upload(picture()))
    (user_id,) = blog.scalars(select(Picture.user_id))
    tag = client.get(f"/picture/{user_id}").headers["ETag"]
    again = client.get(f"/picture/{user_id}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_no_list_loads_a_picture(blog, client):
    """They stand in a table of their own."""
    client.post("/profile/", data=upload(picture()))
    blog.add_post("Hello")
    with count_queries() as queries:
        client.get("/home")
    assert not [
        statement for statement in queries.statements if "pictures" in statement
    ]


def test_a_picture_that_is_not_there_is_404(blog):
    """As any other object."""
    assert blog.client().get("/picture/7").status_code == 404


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "])
def test_broken_data_is_a_value_error(content):
    """Whatever Pillow raises over it."""
    with pytest.raises(ValueError, match="no picture"):
        drawn_anew(BytesIO(content))


# --- states of a login ----------------------------------------------------------------


def now(response):
    return [state.name for state in response.context["states"] if state.now]


def test_the_profile_marks_how_one_is_logged_in(blog):
    """Fresh after a password, remembered when a cookie brought one back."""
    blog.add_user("ann", SECRET)
    client = blog.client()
    data = {"username": "ann", "password": SECRET, "remember": "y"}
    client.post("/login/", data=data)
    assert now(client.get("/profile/")) == ["fresh"]
    client.delete_cookie("session")
    assert now(client.get("/profile/")) == ["remembered"]


# --- logging out everywhere -----------------------------------------------------------


def test_log_out_everywhere_ends_every_session(blog):
    """Other browsers' too, and what a remember-me cookie would bring back."""
    blog.add_user("ann", SECRET)
    here, there = blog.client(), blog.client()
    data = {"username": "ann", "password": SECRET, "remember": "y"}
    for client in (here, there):
        client.post("/login/", data=data)
    assert_redirects(here.post("/logout/everywhere/"), "/login/", 303)
    assert "You are logged out on all devices." in here.get("/login/").text
    there_again = there.get("/profile/")
    assert_redirects(there_again, "/login/?next=/profile/", 302)


def test_log_out_everywhere_is_a_post(client):
    """A link cannot do it."""
    assert client.get("/logout/everywhere/").status_code == 405
