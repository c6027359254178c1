"""The thirty posts of a fresh blog, newest first: each tells of one hook of a view."""

from __future__ import annotations

from typing import NamedTuple


class DemoPost(NamedTuple):
    """A post to begin with; tags are names with commas between."""

    title: str
    tags: str
    content: str


POSTS = (
    DemoPost(
        "A view is a function in the end",
        "basics, urls",
        """\
`PostList.as_view()` gives an ordinary Flask view function. Decorators, blueprints,
`url_for` and error handlers treat it like any other.

The class is asked for one new instance per request, so what you set on `self` belongs
to that request alone:

```python
class PostList(ListView[Post]):
    paginate_by = 5
```

In Django the same three lines need a `model = Post`; here the brackets say it.
""",
    ),
    DemoPost(
        "get_queryset decides who sees what",
        "queries, access",
        """\
There is one query hook. The list, the count, the detail page, the edit form and the
delete page all start from it, so a row it leaves out is a **404 everywhere**.

```python
def get_queryset(self):
    return super().get_queryset().where(Post.author_id == self.user.id)
```

Nobody learns from the answer whether the row exists.
""",
    ),
    DemoPost(
        "A scope is written once",
        "queries, access",
        """\
What never changes about a query may be data instead of a method:

```python
scope = Post.author_id == current_user_id
```

The criterion is asked again for every request, holds for every statement of the view,
and fills the column when a row is created. An overridden `get_queryset` cannot lose it.
""",
    ),
    DemoPost(
        "Guards run before anything else",
        "access",
        """\
`LoginRequiredMixin` may stand left or right of the view: its check runs after `setup`
and before `dispatch_request`, in whatever order the bases are listed. No object is
loaded before the guards have let the request in.

An anonymous reader is sent to the login page and comes back by `next`.
A reader who is logged in but not allowed gets a 403.
""",
    ),
    DemoPost(
        "The stash: one value, three readers",
        "context",
        """\
`dispatch_request` runs first, `get_context_data` runs late. What the first one learns,
the second one and the template may want as well:

```python
def dispatch_request(self, username, **kwargs):
    self.stash(owner=get_object_or_404(User, username=username))
    return super().dispatch_request(username=username, **kwargs)
```

Now `g.owner` exists for the rest of the request, and `owner` in the template.
""",
    ),
    DemoPost(
        "get_context_data, and who wins",
        "context, templates",
        """\
A name in the context may come from several places. From the lowest to the highest:

1. the values in the URL,
2. the stash,
3. what the view adds (`object`, `form`, `page_obj`),
4. keywords given to `get_context_data`,
5. `extra_context`.

`view` is always there too.
""",
    ),
    DemoPost(
        "One get, one post",
        "basics",
        """\
Django spreads a form view over `ProcessFormView`, `BaseCreateView` and friends. Here a
reader meets one `get` and one `post`, each a few lines long, in one file.

The old names still import, for those who bring code along.
""",
    ),
    DemoPost(
        "Template names that work at once",
        "templates",
        """\
A list of posts looks for `post_list.html`, a form for `post_form.html`, a delete page
for `post_confirm_delete.html`; inside a blueprint first in a folder of its name.

If you wrote none, a plain template that comes with the package is shown. Nothing is
found only when you named a template that is not there, and then the error lists all
that were tried.
""",
    ),
    DemoPost(
        "Page two of a list",
        "lists",
        """\
`paginate_by = 5` is all it takes. The template gets `page_obj`, `paginator` and
`is_paginated`, as in Django:

| name | what it is |
|---|---|
| `page_obj.number` | the page that is shown |
| `page_obj.has_next()` | whether an older one follows |
| `paginator.num_pages` | how many there are |

Rows and their number come from the database in one statement.
""",
    ),
    DemoPost(
        "Why a page that does not exist is a 404",
        "lists, bad input",
        """\
`?page=abc`, `?page=0`, `?page=-1` and a page after the last are no pages, so the answer
is 404 and not an empty list. `?page=last` is one.

Only plain digits count: one page should have one address.
""",
    ),
    DemoPost(
        "Sorting needs a last word",
        "lists, queries",
        """\
Two posts of one day have no order between them, and a database may answer differently
each time. A row could then stand on two pages, or on none.

So every list that is cut into pages is sorted by the primary key in the end.
""",
    ),
    DemoPost(
        "The rows that come along",
        "queries",
        """\
`related = ["authors"]` loads the authors together with the posts. Without it the
template would ask the database again for each post it shows: six statements for a page
of five.
""",
    ),
    DemoPost(
        "A post by its key and by its slug",
        "urls",
        """\
Slugs are for people, keys are for the database. An address that carries both is
readable and stays unique, and `query_pk_and_slug` checks that they belong together.

A key that no row could ever have, such as one of twenty digits, is a 404 as well: it
never reaches the database.
""",
    ),
    DemoPost(
        "Forms from columns",
        "forms",
        """\
`fields = ["title", "content"]` makes a form from the mapped class: texts know their
length, numbers their range, a nullable column may stay empty.

What is not listed cannot be written, whatever the browser sends. That is why there is
no default: the list has to be yours.
""",
    ),
    DemoPost(
        "What a form begins with",
        "forms",
        """\
`get_initial()` may fill a form before anyone types. On an edit page the object fills
it, and where both have a value the initial one wins, as in Django. (WTForms alone would
prefer the object.)
""",
    ),
    DemoPost(
        "form_valid and the transaction",
        "forms, queries",
        """\
The object is saved inside `form_valid`, yet the commit comes after the handler. So
whatever you write next is kept together with it, or lost together with it:

```python
def form_valid(self, form):
    response = super().form_valid(form)
    self.object.tags = tags_named(self.db, form.tag_names.data)
    return response
```

One request, one transaction.
""",
    ),
    DemoPost(
        "A name that is taken",
        "forms, bad input",
        """\
A unique column is looked at before the row is saved. Should two people send the same
name in the same moment, the database refuses one of them, and that one sees the same
words under the same field. Nobody sees the database's own.
""",
    ),
    DemoPost(
        "Where to go after a form",
        "forms, urls",
        """\
`success_url` may be a path, an endpoint or something lazy. Without one the object is
asked: `get_absolute_url()` keeps its Django name.
""",
    ),
    DemoPost(
        "303, and why not 302",
        "http",
        """\
After a form was sent the answer says *see other*: fetch that page with GET. A browser
does so after a 302 too, out of habit. After a DELETE it does not, and then a redirect
would delete once more.
""",
    ),
    DemoPost(
        "Deleting asks first",
        "forms, http",
        """\
A link must not delete anything: links are followed by robots and by browsers that read
ahead. So GET shows a page with one button, and only POST or DELETE removes the row.

What something else still refers to stays, with a 409 and the reason.
""",
    ),
    DemoPost(
        "Saying that it worked",
        "messages",
        """\
`SuccessMessageMixin` flashes `success_message` when a form was valid. Values of the
form can be named in it:

```python
success_message = "“%(title)s” was published."
```

On a delete view as well, where Django needed a detour for years.
""",
    ),
    DemoPost(
        "A token in every form",
        "forms, access",
        """\
Another site can make your browser send a form here, but it cannot know the token that
stands in ours. Form views check it themselves, with or without an extension for the
whole app. Scripts may send it in the `X-CSRFToken` header instead.
""",
    ),
    DemoPost(
        "What a login changes",
        "accounts",
        """\
The session starts anew when somebody else logs in, the token for forms is dropped, and
the identity kept in the session carries a stamp of the password. Change the password,
and every other session of that account is over.
""",
    ),
    DemoPost(
        "next, and other people's sites",
        "accounts, bad input",
        """\
`/login?next=/post/new` brings a reader back to where they wanted to go.
`next=https://evil.example` brings them to the default page instead, and so does every
disguise of it: two slashes, a backslash, a tab in between.
""",
    ),
    DemoPost(
        "The password is not in the database",
        "accounts",
        """\
What is stored is a slow hash. A wrong name costs the server as much time as a wrong
password does, so the clock tells nobody which accounts exist.
""",
    ),
    DemoPost(
        "Addresses in one place",
        "urls",
        """\
Those who like `urls.py` can keep it:

```python
urlpatterns = [
    path("home", PostList, name="home"),
    path("post/<int:pk>-<slug>", PostDetail, name="post_detail"),
]
```

Those who like the route beside the class write `@route(app, "/home")` above it.
""",
    ),
    DemoPost(
        "A redirect is a view too",
        "urls, http",
        """\
`RedirectView` takes a `url` or the name of another view, answers 302 or, if
`permanent`, 301, and 410 when it has nowhere to go. Here `/` is one.
""",
    ),
    DemoPost(
        "HEAD, OPTIONS and the others",
        "http",
        """\
HEAD is answered by `get`, without the body. OPTIONS says what a view allows. A verb
nobody wrote a handler for is a 405 with an `Allow` header, and a verb with the name of
some method of the class is no way in.
""",
    ),
    DemoPost(
        "Early errors",
        "basics, bad input",
        """\
`PostList.as_view(paginate_bye=5)` fails when the app is made, not when a reader comes.
The message names the class, what is wrong, and how to mend it.
""",
    ),
    DemoPost(
        "Markdown, and what may stay in it",
        "bad input, templates",
        """\
Posts are written in Markdown, which may hold raw HTML. What the renderer makes is
cleaned by a list of what is allowed:

> Links keep `http`, `https` and `mailto`. Scripts, frames, forms and styles go.
> Pictures become links, so that a page loads nothing from elsewhere.

The rest is text, and text is escaped.
""",
    ),
)

COMMENTS = (
    "I had to read it twice, but the second time it was obvious.",
    "Coming from Django, this was the part I was looking for.",
    "What happens to it in a thread?",
    "Thank you, that saved me an afternoon.\n\nAnd the test was three lines.",
)

#: Lists of links: title, then title and address of each.
READING = (
    (
        "What this blog is built from",
        (
            ("Flask", "https://flask.palletsprojects.com/"),
            ("Flask-Login", "https://flask-login.readthedocs.io/"),
            ("SQLAlchemy", "https://docs.sqlalchemy.org/"),
            ("WTForms", "https://wtforms.readthedocs.io/"),
        ),
    ),
    (
        "Where its views come from",
        (
            (
                "Django: class-based views",
                "https://docs.djangoproject.com/en/5.2/topics/class-based-views/",
            ),
            (
                "Flask: class-based views",
                "https://flask.palletsprojects.com/en/stable/views/",
            ),
        ),
    ),
)
