/**
 * How messages write the command. The package is installed in an app, as packages/reelhook/README.md says, so that a shell
 * finds the command only with npx.
 */
export const COMMAND = "npx reelhook";
