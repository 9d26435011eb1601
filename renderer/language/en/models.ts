import type { LibraryModel } from '../../../electron/contract/models.ts'
import { fixed } from './formats.ts'
import { ui } from './ui.ts'

/** A number and its unit stay on one line. */
const TOGETHER = '\u00a0'

/** Sentences of renderer/models. */
export const models = {
  title: 'Models',
  looking: 'Looking at the models of this machine…',
  machine: 'On this machine',
  recommended: 'Recommended',
  add: 'Add',
  kept: (folder: string) => `Downloads are kept in ${folder}.`,
  keptWithRoom: (folder: string, free: string) => `Downloads are kept in ${folder}, where ${free} are free.`,

  inDepthwise: 'In Depthwise',
  found: 'Found on this machine',
  foundAbout: 'Other programs keep these: the Hugging Face tools, LM Studio or Ollama. They are used where they lie.',
  withDepth: 'With depth to choose',
  withDepthAbout: (host: string) =>
    `The slider decides how much each word is thought about. Nothing is asked of ${host} until you press Download.`,
  oneDepth: 'With one depth',
  oneDepthAbout: 'Every word takes the same; good to compare with, and the smallest are quick anywhere.',

  fromMachine: 'From this machine',
  fromMachineAbout: 'A folder as it was published or prepared, or a GGUF file. It is used where it lies.',
  fromMachineDropped:
    'A folder as it was published or prepared, or a GGUF file. It is used where it lies; it can also be dropped anywhere on this window.',
  chooseFolder: 'Choose a folder…',
  path: 'Path of a folder or GGUF file',
  addPath: 'Add',
  pathInstead: 'A browser does not tell where a dropped file lies: give its path here instead.',
  dropHere: 'Drop a model’s folder or a GGUF file to add it',

  fromHub: 'From Hugging Face',
  /** Around the names of the two buttons. */
  fromHubAbout: (host: string) => [
    'Depthwise asks the network for nothing until you press a button:',
    `asks ${host} for the list of files and the small ones that describe the model,`,
    'for its weights.',
  ],
  repository: 'Repository, by name or address',
  revision: 'Revision',
  look: 'Look',
  asking: (host: string) => `Asking ${host}…`,
  withAccount: 'Models whose makers ask for an account',
  /** Around the link. */
  accept: [
    'Accept the terms on',
    'its page',
    ', then give Depthwise a token of your account that may read, and try again.',
  ],
  tokenKept: (host: string) => `A token for ${host} is kept by this system’s keychain.`,
  forgetToken: 'Forget it',
  tokenOfEnvironment: 'The token of HF_TOKEN, or of the Hugging Face tools on this machine, is used.',
  token: 'Token',
  keepToken: 'Keep',
  tokenGoes: (host: string) => `This system’s keychain keeps it; it is sent to ${host} and nowhere else.`,
  noKeychain:
    'Here Depthwise has no keychain to keep a token in: set HF_TOKEN before it is started, or log in with the Hugging Face tools.',

  slider: 'Slider:',
  inUse: 'In use',
  origins: {
    'built-in': 'Built in',
    folder: 'Added folder',
    hub: 'Downloaded',
    'hub-cache': 'Hugging Face cache',
    gguf: 'GGUF file',
  } satisfies Record<LibraryModel['origin'], string>,
  onDisk: (bytes: string) => `${bytes} on disk`,
  speedHere: (speed: string) => `${speed} tokens a second here`,
  tryAgain: 'Try again',
  moment: 'One moment…',
  use: 'Use',
  useModel: (name: string) => `Use ${name}`,
  showFolder: (name: string) => `Show the folder of ${name}`,
  forget: (name: string) => `Forget ${name}`,
  delete: (name: string) => `Delete ${name}`,
  asFits: 'As fits',
  asFitsNow: (bits: string) => `As fits: ${bits}`,
  weightsOf: (name: string) => `Weights of ${name}`,

  toDownload: (bytes: string) => `${bytes} to download`,
  whenPrepared: (bytes: string, bits: string) => `${bytes} more when prepared at ${bits}`,
  free: (bytes: string) => `${bytes} free`,
  commit: (revision: string) => `commit ${revision}`,
  noLicence: 'no licence is named',
  tight: 'That is more than is free on this disk.',
  ofNoUse: 'It would be of no use here.',
  gated: 'Its makers ask for an account that has accepted their terms.',
  itsTerms: 'Its terms, to be accepted first',
  itsPage: 'Its page',
  onMachineModel: (name: string) => `On this machine: ${name}`,
  beingDownloaded: 'Being downloaded',
  download: 'Download',
  downloadModel: (name: string) => `Download ${name}`,

  downloads: 'Downloads',
  downloadOf: (repository: string) => `Download of ${repository}`,
  downloadedOf: (repository: string) => `Downloaded of ${repository}`,
  retry: 'Retry',
  retryOne: (repository: string) => `Retry ${repository}`,
  goOn: (repository: string) => `Go on with ${repository}`,
  pause: (repository: string) => `Pause ${repository}`,
  cancel: (repository: string) => `Cancel ${repository}`,
  cancelTitle: 'Cancel this download?',
  cancelAbout: (bytes: string, repository: string) =>
    `The ${bytes} of ${repository} that have arrived are removed. To go on later, pause it instead.`,
  keep: 'Keep it',
  cancelDownload: 'Cancel the download',
  arrived: (repository: string) => `${repository} is on this machine now.`,

  forgetTitle: (name: string) => `Forget ${name}?`,
  deleteTitle: (name: string) => `Delete ${name}?`,
  forgetIt: 'Forget it',
  deleteIt: 'Delete it',
  wasCurrent: 'It is the model in use: the built-in one takes its place.',
  removed: (bytes: string, name: string, folder: string) =>
    `The ${bytes} that were downloaded for ${name}, and the form prepared for this machine, are removed from ${folder}.`,
  downloadAgain: 'Conversations with it are kept. It can be downloaded again.',
  forgotten: (name: string, folder: string) =>
    `Depthwise forgets ${name} and removes the form that it prepared of it. The files in ${folder} stay as they are.`,
  addAgain: 'Conversations with it are kept. It can be added again.',

  /** `power`: of a thousand, from 1. */
  bytes: (scaled: number, power: number) =>
    `${fixed(scaled, power < 3 || scaled >= 100 ? 0 : 1)}${TOGETHER}${['kB', 'MB', 'GB', 'TB'][power - 1]}`,
  seconds: (seconds: number) => `${seconds}${TOGETHER}s`,
  minutes: (minutes: number) => `${minutes}${TOGETHER}min`,
  hours: (hours: number, minutes: number) => `${hours}${TOGETHER}h ${minutes}${TOGETHER}min`,
  continues: 'A model that continues texts.',
  continuesOf: (parameters: string) => `A model of ${parameters} that continues texts.`,
  chat: (thinks: boolean) => `A chat model${thinks ? ' that can think before it answers' : ''}.`,
  chatOf: (parameters: string, thinks: boolean) =>
    `A chat model of ${parameters}${thinks ? ' that can think before it answers' : ''}.`,
  budgets: (least: string, most: string) => `${least} at budget 0, ${most} at budget 100`,
  needs: (need: string, machine: string, tokens: number) =>
    `Needs ${need} of this machine’s ${machine} of memory, for ${ui.counted.token(tokens)} of conversation.`,
  littleLeft: 'That leaves little for other programs.',
  tooMuchAtHigh: 'At high budgets that is more than this machine has.',
  tooMuch: 'That is more than this machine has.',

  listing: 'Asking for the list of files…',
  verifying: 'Checking what has arrived…',
  of: (here: string, total: string) => `${here} of ${total}`,
  aSecond: (bytes: string) => `${bytes} a second`,
  left: (time: string) => `${time} left`,
  paused: 'Paused',
  stopped: 'Stopped',
  done: 'Done',
}
