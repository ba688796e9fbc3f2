// The form that sends transfers with the current settings.

import {transfer} from "./api.js";
import {byId, plural} from "./dom.js";

const TARGETS = ["bob", "charlie"];

export function prepareSending() {
  const send = byId("send");
  byId("send-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.getAttribute("aria-disabled") === "true") return;
    send.setAttribute("aria-disabled", "true");
    byId("sent").textContent = "sent …";
    byId("sent").textContent =
        await sendAll(byId("send-count").valueAsNumber, byId("send-amount").valueAsNumber);
    send.setAttribute("aria-disabled", "false");
  });
}

/** Sends transfers from alice, to bob and charlie in turn. Returns a summary of their results. */
async function sendAll(count, amount) {
  const sent = Array.from({length: count}, (_, index) => transfer({
                                             from_account: "alice",
                                             to_account: TARGETS[index % TARGETS.length],
                                             amount,
                                           }));
  const ended = await Promise.allSettled(sent);
  const records = ended.filter(({value}) => value).map(({value}) => value);
  const done = records.filter(({status}) => status === "success");
  const races = done.filter(({from_balance_after: after}) => after < 0).length;
  const words = [
    `${done.length} of ${count} succeeded`, races > 0 ? plural(races, "race") : "no race",
    ...ended.filter(({reason}) => reason).map(({reason}) => reason.message)
  ];
  return words.join(", ");
}
