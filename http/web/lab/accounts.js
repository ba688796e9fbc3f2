// The accounts: their balances now, and a chart of their last balances.

import {byId, element, money, setText, svg} from "./dom.js";

const HISTORY = 40;
const [WIDTH, HEIGHT] = [120, 28];

export class Accounts {
  constructor(live) {
    this.cards = new Map();
    this.root = byId("account-list");
    live.on("hello", ({accounts}) => this.show(accounts));
    live.on("accounts", ({accounts}) => this.show(accounts));
  }

  /** Stores new balances. They are drawn at most once for each frame. */
  show(accounts) {
    this.accounts = accounts;
    for (const {id, balance} of accounts) {
      if (!this.cards.has(id)) this.add(id);
      remember(this.cards.get(id).history, balance);
    }
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = null;
    for (const [id, card] of this.cards) {
      const account = this.accounts.find((each) => each.id === id);
      if (account) {
        this.update(card, account.balance);
      } else {
        card.root.remove();
        this.cards.delete(id);
      }
    }
    const overdrawn = this.accounts.filter(({balance}) => balance < 0);
    setText(byId("overdrawn"), overdrawn.map(sayOverdrawn).join(", "));
  }

  add(id) {
    const value = element("strong", "balance");
    const note = element("span", "overdrawn");
    const spark = svg("svg", {
      class: "spark",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true"
    });
    const root = element("li", "account", element("span", "name", id), value, note, spark);
    this.cards.set(id, {root, value, note, spark, history: []});
    this.root.append(root);
  }

  update(card, balance) {
    card.spark.replaceChildren(...spark(card.history));
    setText(card.value, money(balance));
    setText(card.note, balance < 0 ? "overdrawn" : "");
    card.root.classList.toggle("negative", balance < 0);
  }
}

function remember(history, balance) {
  if (history.at(-1) === balance) return;
  history.push(balance);
  if (history.length > HISTORY) history.shift();
}

const sayOverdrawn = ({id, balance}) => `${id} is overdrawn: ${money(balance)}`;

/** A step chart of the last balances, with a line at zero. */
function spark(history) {
  const [low, high] = [Math.min(0, ...history), Math.max(0, ...history)];
  const y = (balance) => (3 + (HEIGHT - 6) * (1 - (balance - low) / (high - low || 1))).toFixed(1);
  const x = (index) => 3 + index * (WIDTH - 6) / HISTORY;
  const steps = history.map((balance, index) => `V${y(balance)}H${x(index + 1)}`);
  const last = history.at(-1);
  const now = `M${x(history.length)} ${y(last)}h0`;
  return [
    svg("line", {class: "zero", x1: 0, x2: WIDTH, y1: y(0), y2: y(0)}),
    svg("path", {class: "line", d: `M${x(0)} ${y(history[0])}${steps.join("")}`}),
    svg("path", {class: last < 0 ? "now negative" : "now", d: now}),
  ];
}
