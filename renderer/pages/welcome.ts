/** What a person learns at first, in three sentences. */
export const WELCOME = [
  'The slider under the message field decides how deep the model thinks about every word: further right is slower and may be better, and you can move it while it writes.',
  'Everything stays on this machine: what you write, what it answers, and the model itself.',
  'A model is built in, and under Models you can add those that you have or download others; nothing is fetched unless you ask.',
] as const
