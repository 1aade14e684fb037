// Resets all objects after each test file. Otherwise the runner would wait for unfinished generations, which poll for
// up to half an hour.

import { reset } from "cloudflare:test";
import { afterAll } from "vitest";

afterAll(reset);
