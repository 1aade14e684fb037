// What to do in an account that has nothing yet.

import { useReadOnly, useSession } from "../shared/hooks.ts";

export function FirstSteps() {
  const { mode } = useSession().account;
  const isReadOnly = useReadOnly();
  return (
    <div class="empty first-steps">
      <h2>Nothing here yet</h2>
      {isReadOnly ? (
        <p>
          Generations of this account in {mode} mode will show up here. This API key can only read.{" "}
          <a href="/docs">Read the API reference</a>
        </p>
      ) : (
        <ol class="steps-list">
          <li>
            <a href="#/playground">Create a generation</a>{" "}
            {mode === "test"
              ? "in the playground. Test mode is free: a simulated provider makes a short video."
              : "in the playground. The provider bills it. To try it for free, sign in with a test key."}
          </li>
          <li>
            <a href="#/webhooks">Add a webhook endpoint</a>, so that your app is called when a video is ready.
          </li>
          <li>
            <a href="#/keys">Make an API key</a> for your app. This needs the admin key of this deployment.
          </li>
          <li>
            <a href="/docs">Read the API reference</a>.
          </li>
        </ol>
      )}
    </div>
  );
}
