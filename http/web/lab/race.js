// The last race that the lab has recorded, and why it happened.

import {get, post} from './api.js';
import {button, byId, command, element, say} from './dom.js';
import {drive} from './drive.js';
import {causeView, executionView} from './execution.js';

const QUIET_MS = 600;
const FILE = 'last-race.schedule';

export class LastRace {
  constructor(live) {
    this.schedule = null;
    this.root = byId('last-race');
    this.note = byId('race-note');
    live.on('hello', () => this.look());
    live.on('race', () => this.lookSoon());
  }

  /** Once there are no more races for a moment: each is explained by many executions. */
  lookSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), QUIET_MS);
  }

  async look(ask = false) {
    try {
      const schedule = await get('/admin/recording/last-race', {ask});
      if (schedule === this.schedule) return;
      this.schedule = schedule;
      this.show(schedule, await post('/simulator/explain', schedule, {ask}));
      say(this.note, '');
    } catch (error) {
      this.explainAbsence(error);
    }
  }

  explainAbsence(error) {
    if (error.status === 404) {
      this.schedule = null;
      this.root.replaceChildren();
    }
    say(this.note,
        error.status === 404 ? 'No race has been recorded yet: exercise 3 makes one.' :
                               error.message);
    if (error.status === 401) {
      this.note.append(' ', button('Give the token', () => this.look(true)));
    }
  }

  show(schedule, {recorded, shrunk, schedule: least}) {
    const told = element('div', 'driven-report');
    const driveIt =
        button('Drive the live server through it', () => drive(schedule, told), 'primary');
    const cause = causeView(shrunk ?? recorded);
    const views = [executionView('As it was recorded', recorded)];
    if (shrunk) views.push(executionView('Shrunk to what it needs', shrunk));
    const {outcome} = shrunk ?? recorded;
    const summary = element(
        'p', 'summary', element('strong', outcome.failed ? 'verdict-bad' : '', outcome.summary));
    this.root.replaceChildren(
        summary, cause ?? '', element('div', 'executions', ...views),
        element(
            'div', 'actions', driveIt, download('Download the schedule', FILE, schedule),
            least ? download('Download the shrunk one', `shrunk-${FILE}`, least) : ''),
        command(`racelab replay ${FILE}`), told);
  }
}

export function download(text, name, content) {
  const made = element('a', 'button', text);
  made.href = URL.createObjectURL(new Blob([content], {type: 'text/plain'}));
  made.download = name;
  return made;
}
