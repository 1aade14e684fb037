// Runs the world beside the tests that run in workerd; vitest starts it once (see vitest.config.ts).

import { World } from "./world.ts";

export default async function startWorld(): Promise<() => Promise<void>> {
  const world = new World();
  await world.start(Number(process.env["WORLD_PORT"]));
  return () => world.stop();
}
