// The runner waits for all that objects still do before it ends a file. A generation that goes on polls for half an hour.

import { reset } from "cloudflare:test";
import { afterAll } from "vitest";

afterAll(reset);
