"""Read by mypy and never run: what a strict user's checker knows of tasks.

A line that must fail carries the error's code: where mypy finds no fault, it reports
the comment instead.
"""

from __future__ import annotations

from typing import assert_type

from cbv.tasks import task
from cbv.tasks import TaskContext
from cbv.tasks import TaskResult


@task
def add(a: int, b: int = 0) -> int:
    return a + b


@task(queue_name="mail", takes_context=True)
def send(context: TaskContext, address: str) -> None:
    context.set_progress(1, 2)


@task(takes_request_context=True)
def audit() -> list[str]:
    return []


def a_task_keeps_the_arguments_and_the_result_of_its_function() -> None:
    assert_type(add.enqueue(1, b=2), TaskResult[int])
    assert_type(add.enqueue(1).return_value, int)
    assert_type(add.get_result("id").return_value, int)
    assert_type(audit.enqueue().return_value, list[str])
    add.enqueue("1")  # type: ignore[arg-type]
    add.enqueue(1, c=2)  # type: ignore[call-arg]


def the_context_is_no_argument_of_the_caller() -> None:
    send.enqueue("ann@example.com")
    send.enqueue()  # type: ignore[call-arg]
