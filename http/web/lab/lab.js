// Entry point of the page: creates its parts and connects them to the live events.

import {Accounts} from "./accounts.js";
import {prepareTokenDialog} from "./api.js";
import {Controls} from "./controls.js";
import {byId, setText} from "./dom.js";
import {Exercises} from "./exercises.js";
import {InFlight} from "./in_flight.js";
import {Live} from "./live.js";
import {LastRace} from "./race.js";
import {prepareSending} from "./send.js";
import {Simulator} from "./simulator.js";

function showConnection({connected}) {
  byId("connection").classList.toggle("connected", connected);
  setText(byId("connection"), connected ? "live" : "not connected, trying again …");
}

const live = new Live();
prepareTokenDialog();
prepareSending();
live.on("state", showConnection);
new Accounts(live);
new Controls(live);
new Exercises();
new InFlight(live);
new LastRace(live);
new Simulator(live);
live.connect();
