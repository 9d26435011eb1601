/** Sentences about the model that a conversation has of its own. */
export const model = {
  scope: 'Choose for',
  forThis: 'This conversation',
  forAll: 'The app',
  allNote: 'Answers in new conversations, and in all that have no model of their own.',
  thisNote: 'Loaded beside the app’s model when a message is sent.',
  asApp: (name: string | null) => (name === null ? 'As the app' : `As the app (${name})`),
  unloaded: (name: string) => `${name} · not loaded yet`,
  willLoad: 'It is loaded when a message is sent.',
  loading: (name: string, share: string | null) => (share === null ? `Loading ${name}…` : `Loading ${name}… ${share}`),
  preparing: (name: string, share: string | null) =>
    share === null ? `Making ${name} ready…` : `Making ${name} ready… ${share}`,
  waits: (name: string) => `${name} waits for another model to finish its answers…`,
  gone: (name: string) => `This conversation is to be answered by ${name}, which is not on this machine.`,
  useApps: (name: string | null) => (name === null ? 'Use the app’s model' : `Use ${name}`),
}
