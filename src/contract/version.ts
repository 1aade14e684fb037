// The release, and how calls to providers, hosts and receivers name their sender.

/** The release, as in package.json; a test holds the two together. */
export const VERSION = "0.1.0";

/** `User-Agent` of every call outward. Some hosts refuse requests without one. */
export const USER_AGENT = `Reelhook/${VERSION}`;
