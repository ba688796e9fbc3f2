// Helpers that create elements, and texts that all parts of the page share. Names and values come
// from clients of the lab, so they are inserted as text and never as markup.

import {element, svg} from "./drawing.js";

export {element, svg};

export const byId = (id) => document.getElementById(id);

export function button(text, onClick, className = "") {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** A link that opens a new tab and sends no referrer. */
export function link(text, href) {
  const made = element("a", "", text);
  made.href = href;
  made.target = "_blank";
  made.rel = "noreferrer";
  return made;
}

/** Sets the text of the element and shows it; hides the element if there is no text. */
export function say(target, text) {
  target.textContent = text ?? "";
  target.hidden = !text;
}

/** Sets the text only if it differs, so that screen readers do not repeat what has not changed. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Formats an amount as schedules do: 1000 becomes "1000.00". */
export const money = (number) => Number(number).toFixed(2);

export const transferWords = ({from_account, to_account, amount}) =>
    `${from_account} → ${to_account} ${money(amount)}`;

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** A shell command with a button that copies it. */
export function command(text) {
  const code = element("code", "", text);
  const done = element("span", "copied");
  done.setAttribute("role", "status");
  const copied = async () => {
    const ok = await copy(text, code);
    done.textContent = ok ? "copied" : "selected";
  };
  return element("p", "command", code, button("Copy", copied), done);
}

/** Copies the text, or selects it: browsers offer the clipboard to localhost and over TLS only. */
async function copy(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return false;
  }
}
