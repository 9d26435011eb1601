import type { TextSizeSchema, ThemeSchema } from '../../../electron/contract/values.ts'
import type { InferOutput } from 'valibot'
import type { Sampling } from '../../../models/common/values.ts'

interface NumberField {
  label: string
  /** What the number does, and what raising and lowering it does. */
  does: string
  /** What is said where the schema refuses what was typed. */
  wrong: string
}

/** Sentences of renderer/settings. */
export const settings = {
  title: 'Settings',
  cancel: 'Cancel',
  save: 'Save',
  resetAll: 'Reset all',

  appearance: 'Appearance',
  themes: { system: 'Like the system', light: 'Light', dark: 'Dark' } satisfies Record<
    InferOutput<typeof ThemeSchema>,
    string
  >,
  textSize: 'Text size',
  textSizes: { small: 'Small', normal: 'Normal', large: 'Large', largest: 'Largest' } satisfies Record<
    InferOutput<typeof TextSizeSchema>,
    string
  >,
  language: 'Language',
  /** In their own words, for whom cannot read the others. */
  languages: { system: 'System', en: 'English', de: 'Deutsch' },

  tellMe: 'Tell me when an answer ends while this window is not in front',
  notifications: { preview: 'With its first words', plain: 'Only that it is there', off: 'Off' },
  notAllowed: 'This browser does not let this page notify you. Its own settings for the page change that.',

  howWritten: 'How answers are written',
  backToNone: 'Back to none',
  backToOwn: 'Back to the model’s own',
  backToNew: 'Back to a new one each time',
  sameAsSettings: 'Same as the settings',
  backTo: (back: string, value: string) => `${back}: ${value === '' ? 'none' : value}`,
  seed: 'Seed',
  seedHint: 'The same seed, question and settings give the same answer again. Empty: a new one for every answer.',
  seedWrong: 'Empty, or a whole number up to 4294967295.',
  random: 'random',
  stop: 'Stop strings',
  stopHint:
    'An answer ends before it would write one of these. One a line; \\n is a line break. Empty: it ends by itself.',
  stopWrong: 'At most 16 lines of at most 200 characters each.',
  systemPrompt: 'System prompt',
  systemPromptHint:
    'What the model reads before your first message: who it is to be, how it is to answer. Small models follow it loosely; it takes room from the conversation.',
  systemPromptUnread: 'The loaded model goes on with texts and reads no system prompt.',
  systemPromptWrong: 'At most 50,000 characters.',
  systemPromptExample: 'For example: You are a patient teacher. Answer in two sentences.',
  /** The numbers that an answer's words are chosen with. */
  numbers: {
    temperature: {
      label: 'Temperature',
      does: 'How freely the next word is chosen. Higher is more varied and makes more mistakes; lower repeats itself more; 0 always takes the likeliest.',
      wrong: 'A number from 0 to 5.',
    },
    topK: {
      label: 'Top-k',
      does: 'Only so many of the likeliest words can be chosen. Higher lets rarer words in; lower is safer; 0 lets all in.',
      wrong: 'A whole number, 0 or more.',
    },
    topP: {
      label: 'Top-p',
      does: 'Only the likeliest words that together have this share of the probability can be chosen. Higher lets rarer words in; lower is safer; 1 lets all in.',
      wrong: 'A number above 0, at most 1.',
    },
    minP: {
      label: 'Min-p',
      does: 'Drops words that are less likely than this share of the likeliest one. Higher drops more; lower lets rarer words in; 0 drops none.',
      wrong: 'A number from 0 to 1.',
    },
    repetitionPenalty: {
      label: 'Repetition penalty',
      does: 'Makes words that were there already less likely. Higher repeats less but may avoid words that are needed; below 1 repeats more; 1 changes nothing.',
      wrong: 'A number from 0.1 to 10.',
    },
    maxTokens: {
      label: 'Most tokens',
      does: 'Where an answer is cut at the latest; a token is about three quarters of an English word. Higher allows longer answers; lower ends them sooner.',
      wrong: 'A whole number, 1 or more.',
    },
  } satisfies Record<Exclude<keyof Sampling, 'stop'>, NumberField>,

  presets: 'Presets',
  /** Of those that are always there. */
  builtIn: { Balanced: 'Balanced', Precise: 'Precise', Creative: 'Creative' },
  renamePreset: (name: string) => `Rename preset ${name}`,
  deletePreset: (name: string) => `Delete preset ${name}`,
  presetName: 'Name of the preset',
  keep: 'Keep',
  keepAsPreset: 'Keep as a preset',
  presetNameWrong: 'A name of at most 60 characters.',
  tooManyPresets: 'There are a hundred presets already.',
  presetNameTaken: 'Another preset has this name.',

  thisConversation: 'This conversation',
  thisNewChat: 'This new chat',
  follows: 'It follows the settings. Changes hold from the next answer on.',
  differs: 'What differs from the settings holds in this conversation only. Changes hold from the next answer on.',
  follow: 'Follow the settings',

  thinking: 'Thinking',
  think: 'Think before answering',
  cutLoops: 'End a thought by itself when it goes in circles',
  keepThoughts: 'Let the model read its earlier thoughts again',
  mostThought: 'Most tokens of a thought',
  mostThoughtHint:
    'Where a thought is ended at the latest; then the answer follows. Higher lets it think longer; lower answers sooner. Empty: no bound.',
  mostThoughtWrong: 'Empty, or a whole number, 0 or more.',
  noBound: 'no bound',
}
