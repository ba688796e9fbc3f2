// Receives the lab's live events (GET /events), and reconnects for as long as the page is open.

const TYPES = [
  "hello", "begin", "waits", "step", "end", "accounts", "settings", "reset", "schedule", "race",
  "skipped"
];
const RETRY_MS = [500, 1000, 2000, 5000];
const HIDDEN_MS = 60000;

/**
 * Dispatches a CustomEvent for each live event, with its data as `detail`, and the event "state"
 * with {connected} when the connection opens or fails.
 */
export class Live extends EventTarget {
  constructor() {
    super();
    this.failures = 0;
    document.addEventListener("visibilitychange", () => this.onVisibilityChange());
  }

  connect() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = new EventSource("/events");
    for (const type of TYPES) {
      this.source.addEventListener(type, (event) => this.received(type, event.data));
    }
    this.source.addEventListener("error", () => this.failed());
  }

  on(type, listener) { this.addEventListener(type, ({detail}) => listener(detail)); }

  received(type, data) {
    if (type === "hello") {
      this.failures = 0;
      this.tell("state", {connected: true});
    }
    this.tell(type, JSON.parse(data));
  }

  tell(type, detail) { this.dispatchEvent(new CustomEvent(type, {detail})); }

  failed() {
    // EventSource stops its own retries when the server answers with an error, so retry here.
    this.source.close();
    this.tell("state", {connected: false});
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), wait);
  }

  /**
   * A browser opens at most six connections to a server, for all of its tabs: a hidden tab closes
   * its connection after a minute.
   */
  onVisibilityChange() {
    clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = setTimeout(() => this.leave(), HIDDEN_MS);
    } else if (this.left) {
      this.left = false;
      this.connect();
    }
  }

  leave() {
    this.left = true;
    clearTimeout(this.retry);
    this.source.close();
    this.tell("state", {connected: false});
  }
}
