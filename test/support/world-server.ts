// Global setup of vitest (see vitest.config.ts): runs one world for all tests in workerd.

import { World } from "./world.ts";

export default async function startWorld(): Promise<() => Promise<void>> {
  const world = new World();
  await world.start(Number(process.env["WORLD_PORT"]));
  return () => world.stop();
}
