// Elements, and the words that all parts of the page share. Names and values are anybody's: they
// become text, never markup.

export const byId = (id) => document.getElementById(id);

export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}

export function svg(tag, attributes, ...content) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

export function button(text, onClick, className = "") {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** A link to another page, which need not know where it was followed. */
export function link(text, href) {
  const made = element("a", "", text);
  made.href = href;
  made.target = "_blank";
  made.rel = "noreferrer";
  return made;
}

/** Puts the text into the element and shows it; without a text the element is hidden. */
export function say(target, text) {
  target.textContent = text ?? "";
  target.hidden = !text;
}

/** Sets the text only where it differs: what has not changed is not read out again. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** 1000 is "1000.00", as in schedules. */
export const money = (number) => Number(number).toFixed(2);

export const transferWords = ({from_account, to_account, amount}) =>
    `${from_account} → ${to_account} ${money(amount)}`;

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** A command, with a button that copies it. */
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

/** The clipboard is only there for pages of this machine or over TLS. */
async function copy(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return false;
  }
}
