// The page of one webhook endpoint.

import { useLoad, useSession } from "../shared/hooks.ts";
import { Failure, Heading } from "../shared/ui.tsx";

export function EndpointPage({ id }: { id: string }) {
  const { client } = useSession();
  const { value, error, reload } = useLoad(id, () => client.getEndpoint(id));
  return (
    <>
      <div class="title">
        <Heading title="Webhook endpoint" />
      </div>
      <Failure error={error} retry={reload} />
      {value !== null && <p class="url">{value.url}</p>}
    </>
  );
}
