// The generation of docs/scale.md, with the default settings.

import { parseConfig } from "../../src/config.ts";
import counts from "../counts.json" with { type: "json" };

export const SETTINGS = parseConfig({});
export const INTERVAL = SETTINGS.pollIntervalMs / 1000;
export const LIFE = INTERVAL * counts.polls;
/** Ends halfway between two polls. */
export const JOB = LIFE - INTERVAL / 2;
export const RATES = [10, 1_000, 100_000];
