// Adds and removes rows of formsets. Without it, the empty rows shown will do.
"use strict";

function setUp(formset) {
  const count = formset.querySelector("[name$='-TOTAL_FORMS']");
  const most = Number(formset.querySelector("[name$='-MAX_NUM_FORMS']").value);
  const rows = formset.querySelector("[data-formset-rows]");
  const add = button(formset.dataset.add, () => {
    const html = formset.querySelector("template").innerHTML;
    rows.insertAdjacentHTML("beforeend", html.replaceAll("__prefix__", count.value++));
    dress(rows.lastElementChild);
    rows.lastElementChild.querySelector(":is(input, select, textarea):not([type=hidden])").focus();
    update();
  });

  function update() {
    add.disabled = rows.querySelectorAll("[data-formset-row]:not([hidden])").length >= most;
  }
  function dress(row) {
    const label = row.querySelector("[data-formset-delete]");
    if (!label) return;
    const box = label.querySelector("input");
    label.hidden = true;
    row.hidden = box.checked; // removed before, on a page that is shown again
    label.after(button(formset.dataset.remove, () => {
      box.checked = row.hidden = true;
      update();
      add.focus();
    }));
  }
  for (const row of rows.children) dress(row);
  rows.after(add);
  update();
}

function button(text, click) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", click);
  return made;
}

document.querySelectorAll("[data-formset]").forEach(setUp);
