/** Sentences of renderer/state and renderer/connection: what is said of an action that failed. */
export const state = {
  unforeseen: (message: string) => `Something unforeseen went wrong: ${message}`,
  connectionLost: 'The connection to Depthwise is lost; nothing was sent. It is tried again by itself.',
  misread: (call: string) => `The answer to ${call} was not understood. Reload this window.`,
}
