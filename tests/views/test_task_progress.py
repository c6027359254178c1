"""TaskProgressView: a task's progress as page, JSON and events, and in a browser."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from cbv import path
from cbv import register
from cbv.auth import LoginRequiredMixin
from cbv.tasks import task
from cbv.views import TaskProgressView
from cbv.views.task_progress import MAX_STREAMS
from support.applications import make_app

JSON = {"Accept": "application/json"}
EVENTS = {"Accept": "text/event-stream"}
THREADED = {"wsgi.multithread": True}


@pytest.fixture
def steps():
    """A task of four steps, each taken when it is told to."""
    go_on = threading.Semaphore(0)
    taken = threading.Semaphore(0)

    @task(takes_context=True)
    def walk(context):
        for step in range(1, 5):
            if not go_on.acquire(timeout=10):
                raise TimeoutError
            context.set_progress(step, 4)
            taken.release()

    def step(count=1):
        for _ in range(count):
            go_on.release()
            assert taken.acquire(timeout=10)

    walk_and_step = (walk, step)
    yield walk_and_step
    for _ in range(4):
        go_on.release()


@task
def seven():
    return 7


@task
def fail():
    raise OSError("secret")


def progress_app(view=TaskProgressView, **config):
    app = make_app(**config)
    register(app, [path("jobs/<task_id>/", view, name="job")])
    return app


def start(app, job):
    with app.app_context():
        return job.enqueue()


def test_the_page_shows_how_far_a_task_has_come(steps):
    app = progress_app()
    walk, step = steps
    result = start(app, walk)
    step()
    answer = app.test_client().get(f"/jobs/{result.id}/")
    assert answer.templates[0] == "cbv/task_progress.html"
    assert answer.context["task_result"].progress == 0.25
    assert '<progress aria-labelledby="task-title" max="1" value="0.25">' in answer.text
    assert ">Running</p>" in answer.text
    assert f'<noscript><p><a href="/jobs/{result.id}/">' in answer.text
    assert "/_cbv/static/task_progress.js" in answer.text


@pytest.mark.parametrize(("job", "words"), [(seven, "it succeeded"), (fail, "failed")])
def test_the_page_of_a_task_that_has_ended_asks_for_no_more(job, words):
    app = progress_app()
    result = start(app, job)
    assert result.wait(10)
    text = app.test_client().get(f"/jobs/{result.id}/").text
    assert f"{words}</p>" in text
    assert "<script" not in text
    assert "<noscript" not in text


def test_json_tells_the_same_to_a_script():
    app = progress_app(CBV_TASKS_BACKEND="immediate")
    result = start(app, seven)
    answer = app.test_client().get(f"/jobs/{result.id}/", headers=JSON)
    assert answer.json == {
        "status": "SUCCESSFUL",
        "progress": 1.0,
        "is_finished": True,
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert "accept" in answer.vary


def test_no_form_of_the_answer_tells_the_error():
    app = progress_app(CBV_TASKS_BACKEND="immediate")
    result = start(app, fail)
    client = app.test_client()
    for headers in ({}, JSON, EVENTS):
        options = {"headers": headers, "environ_overrides": THREADED}
        answer = client.get(f"/jobs/{result.id}/", **options)
        assert answer.status_code == 200
        assert "secret" not in answer.text
        assert "OSError" not in answer.text


@pytest.mark.parametrize("headers", [{}, JSON, EVENTS])
def test_an_unknown_task_is_a_404(headers):
    assert (
        progress_app().test_client().get("/jobs/x/", headers=headers).status_code == 404
    )


def test_a_view_may_tell_more_of_a_task():
    class Own(TaskProgressView):
        def get_progress_data(self, result):
            return {**super().get_progress_data(result), "url": "/done"}

    app = progress_app(Own, CBV_TASKS_BACKEND="immediate")
    result = start(app, seven)
    answer = app.test_client().get(f"/jobs/{result.id}/", headers=JSON)
    assert answer.json["url"] == "/done"


def test_a_guard_stands_before_the_task():
    class Own(LoginRequiredMixin, TaskProgressView):
        raise_exception = True

    app = progress_app(Own)
    assert app.test_client().get("/jobs/x/").status_code == 403


def events_of(answer):
    """Return what was sent so far: a function that reads the next event."""
    chunks = iter(answer.response)

    def following():
        text = next(chunks)
        text = text.decode() if isinstance(text, bytes) else text
        assert text.startswith("data: ")
        assert text.endswith("\n\n")
        return json.loads(text[6:])

    return following


def stream(app, id):
    return app.test_client().get(
        f"/jobs/{id}/", headers=EVENTS, environ_overrides=THREADED, buffered=False
    )


def test_events_are_sent_until_the_task_has_ended(steps):
    class Quick(TaskProgressView):
        poll_seconds = 0.02

    app = progress_app(Quick)
    walk, step = steps
    answer = stream(app, start(app, walk).id)
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    following = events_of(answer)
    assert following()["progress"] == 0.0
    step()
    while (event := following())["progress"] != 0.25:
        pass
    assert event["status"] == "RUNNING"
    step(3)
    while not (event := following())["is_finished"]:
        pass
    assert event["status"] == "SUCCESSFUL"
    with pytest.raises(StopIteration):
        following()
    answer.close()


def test_a_stream_ends_after_a_while(steps):
    class Quick(TaskProgressView):
        poll_seconds = 0.01
        stream_seconds = 0.05

    app = progress_app(Quick)
    answer = stream(app, start(app, steps[0]).id)
    assert 2 <= answer.text.count("data: ") <= 7


def test_only_so_many_threads_of_the_server_are_given_to_streams(steps):
    app = progress_app()
    id = start(app, steps[0]).id
    open_streams = [stream(app, id) for _ in range(MAX_STREAMS)]
    assert {answer.status_code for answer in open_streams} == {200}
    assert stream(app, id).status_code == 503
    open_streams.pop().close()
    again = stream(app, id)
    assert again.status_code == 200
    for answer in [again, *open_streams]:
        answer.close()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_streams_leave_one_thread_of_the_server_free(steps, threads):
    """However many are asked for at once."""
    app = progress_app(CBV_SERVER_THREADS=threads)
    id = start(app, steps[0]).id
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stream(app, id), range(8)))
    codes = [answer.status_code for answer in answers]
    for answer in answers:
        answer.close()
    assert sorted(codes) == [200] * (threads - 1) + [503] * (9 - threads)


def test_a_server_without_threads_sends_no_events(steps):
    app = progress_app()
    id = start(app, steps[0]).id
    assert app.test_client().get(f"/jobs/{id}/", headers=EVENTS).status_code == 503


# --- in a browser -------------------------------------------------------------------


@contextmanager
def served(app, **options):
    """Serve an application on a free port; give its address."""
    server = make_server("127.0.0.1", 0, app, **options)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.browser
@pytest.mark.parametrize("threaded", [True, False], ids=["events", "polling"])
def test_the_bar_moves_by_itself(browser, steps, threaded):
    class Quick(TaskProgressView):
        poll_seconds = 0.05
        stream_seconds = 0.5

    walk, step = steps
    app = progress_app(Quick)
    app.add_url_rule("/favicon.ico", view_func=lambda: "", endpoint="favicon")

    @app.after_request
    def strict(response):
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        return response

    result = start(app, walk)
    messages = []
    with served(app, threaded=threaded) as address:
        page = browser.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.goto(f"{address}/jobs/{result.id}/")
        bar = page.get_by_role("progressbar", name="Progress")
        step()
        page.get_by_text("25 %").nth(-1).wait_for()
        assert bar.evaluate("bar => bar.value") == 0.25
        assert page.get_by_role("status").inner_text() == "Running"
        step(3)
        page.get_by_text("Done, it succeeded").wait_for()
        assert bar.evaluate("bar => bar.value") == 1
        page.close()
    assert messages == []
