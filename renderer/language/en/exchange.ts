import { fixed } from './formats.ts'

/** Sentences of renderer/exchange: of exported files, and why something was not imported. */
export const exchange = {
  begun: (moment: string) => `Begun on ${moment}.`,
  you: 'You',
  instructions: 'Instructions',
  answer: 'Answer',
  thought: 'Thought',
  ends: {
    stopped: '(The answer was stopped here.)',
    interrupted: '(The answer was interrupted here.)',
    error: '(The answer failed here.)',
  },
  budget: (share: string) => `budget ${share}`,
  fromToken: (share: string, token: number) => `, ${share} from token ${token}`,
  realised: (share: string) => `realised ${share}`,
  meanDepth: (depth: number) => `mean depth ${fixed(depth, 1)}`,
  untitledFile: 'Conversation',

  untitled: 'Untitled',
  image: '[Image]',
  file: '[File]',
  place: (place: number, fileName: string) => `conversation ${place} of ${fileName}`,
  tooLarge: 'it is too large',
  packed: 'it is packed; unpack it and import the conversations.json in it',
  notOfConversations: 'it is not a file of conversations',
  truncated: 'it ends in the middle; what was whole in it was read',
  noConversation: 'there is no conversation in it',
  damaged: 'it is damaged',
  newer: 'it was exported by a newer version of Depthwise',
  unknown: 'it is not a conversation of Depthwise, ChatGPT or LM Studio',
  wrong: (problem: string) => `it is not as it should be (${problem})`,
  asAWhole: 'as a whole',
  empty: 'there is nothing in it that was written or answered',
}
