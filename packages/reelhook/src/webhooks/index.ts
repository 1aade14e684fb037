// `reelhook/webhooks`: verifies callbacks.

export {};
