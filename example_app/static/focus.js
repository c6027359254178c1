// Moves the focus into what htmx has put on the page: what had it is gone.
"use strict";

document.addEventListener("htmx:load", (event) => event.detail.elt.querySelector("[data-focus]")?.focus());
