/** Sentences of renderer/pages. */
export const pages = {
  help: 'Help',
  shortcuts: 'Shortcuts',
  privacy: 'Privacy',
  about: 'About',
  or: 'or',

  welcome: 'Welcome',
  gotIt: 'Got it',
  /** What a person learns at first, in three sentences. */
  sentences: [
    'The slider under the message field decides how deep the model thinks about every word: further right is slower and may be better, and you can move it while it writes.',
    'Everything stays on this machine: what you write, what it answers, and the model itself.',
    'A model is built in, and under Models you can add those that you have or download others; nothing is fetched unless you ask.',
  ],

  what: 'Chats with language models on your own machine, and turns their depth while they write.',
  runsOn: 'What it runs on',
  system: 'System',
  builtIn: 'The built-in model',
  madeOf:
    'Made of SmolLM2-135M-Instruct by Hugging Face (Apache-2.0), cut, routed and trained further; it is Apache-2.0 too.',
  allCredits: 'All credits, also of who wrote its training text',
  credits: 'Credits of the built-in model',
  noLicences: 'The licences could not be loaded. They lie beside the app, in node_modules.',
  licences: 'Licences',
  searchPackages: (packages: number) => `Search ${packages} packages`,
  searchLabel: 'Search packages by name or licence',
  found: (packages: number) => `${packages} found`,
  noText: 'Its package brings no text of this licence.',
  noPackage: 'No package is called so.',
  chromium: 'Electron’s own files name the licences of Chromium and of all that is in it.',

  leaves: 'What leaves this machine',
  nothing: 'Nothing, unless you ask for it. There is no account, no telemetry and no search for updates.',
  hub: 'the model hub',
  /** Around the name of the hub. */
  asked: [
    'When you look a model up or download one,',
    'is asked. It learns this machine’s address, which model you want, the version of Depthwise, and your token if you have given one.',
  ],
  links: 'Links in answers open in your browser, and only when you click them.',
  programs:
    'Other programs on this machine can ask the model for answers while you have switched that on in the settings. Nothing beyond this machine is listened to.',
  kept: (days: number) =>
    `Your conversations lie in one file in your own folder. One that you delete can be brought back for ${days} days; then, or when you delete it for good, it is removed from that file too.`,
  requests: 'Requests made',
  forget: 'Forget them',
  reading: 'Reading the list…',
  none: 'None so far.',
  last: (requests: number) => `The last ${requests === 1 ? 'one' : requests}, newest first; at most 500 are kept.`,
  columns: { when: 'When', asked: 'Asked', why: 'Why', answer: 'Answer' },
  toLookUp: (subject: string) => `To look up ${subject}`,
  toDownload: (subject: string) => `To download ${subject}`,
  noAnswer: 'no answer',
  sentOn: 'sent on',
  refused: (status: number) => `refused (${status})`,
  underWay: 'under way',
}
