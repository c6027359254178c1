// Keeps a progress bar up to date: by server-sent events, else by asking again.
"use strict";

document.querySelectorAll("[data-task-progress]:not([data-finished])").forEach((box) => {
  const address = box.dataset.taskProgress;
  const bar = box.querySelector("progress");
  const percent = box.querySelector("[data-percent]");
  const status = box.querySelector("[data-status]");

  const show = (task) => {
    bar.value = task.progress;
    percent.textContent = `${Math.floor(task.progress * 100)} %`;
    const text = status.dataset[task.status.toLowerCase()];
    if (status.textContent !== text) status.textContent = text; // read out once
    if (task.is_finished) {
      box.dataset.finished = "";
      box.dispatchEvent(new CustomEvent("taskfinished", { bubbles: true, detail: task }));
    }
    return task.is_finished;
  };

  const ask = async () => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.status === 404) return;
      if (answer.ok && show(await answer.json())) return;
    } catch {
      // The server is away for a moment: ask again.
    }
    setTimeout(ask, box.dataset.poll * 1000);
  };

  if (!("events" in box.dataset)) {
    ask();
    return;
  }
  const events = new EventSource(address);
  events.onmessage = (event) => {
    if (show(JSON.parse(event.data))) events.close();
  };
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) ask(); // refused: no thread to spare
  };
});
