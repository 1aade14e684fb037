// The start page: the last day at a glance.

import { useLoad, useSession } from "../shared/hooks.ts";
import { Failure, Heading } from "../shared/ui.tsx";

export function OverviewPage() {
  const { client } = useSession();
  const { value, error, reload } = useLoad("overview", () => client.getOverview());
  return (
    <>
      <div class="title">
        <Heading title="Overview" />
      </div>
      <Failure error={error} retry={reload} />
      {value !== null && <p>{value.generations.total} generations since yesterday</p>}
    </>
  );
}
