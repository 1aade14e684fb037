// The release, and the name that outgoing requests send as their `User-Agent`.

/** The release, as in package.json. A test checks that the two match. */
export const VERSION = "0.1.0";

/** `User-Agent` of every outgoing request. Some hosts refuse requests without one. */
export const USER_AGENT = `Reelhook/${VERSION}`;
