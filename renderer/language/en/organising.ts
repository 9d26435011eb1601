import { counted, number, plural } from './formats.ts'

const conversations = (count: number): string => counted(count, { one: 'conversation', other: 'conversations' })

/** Sentences of renderer/organising. */
export const organising = {
  cancel: 'Cancel',
  done: 'Done',
  keep: 'Keep',
  stop: 'Stop',

  exportOne: 'Export conversation',
  exportAll: 'Export all conversations',
  format: 'Format',
  jsonOfOne: 'Everything in it, with every branch and the depth of every token. Depthwise can import it again.',
  jsonOfAll: 'Everything, with every branch and the depth of every token. Depthwise can import it again.',
  markdownOfOne: 'The branch on view, to be read anywhere.',
  markdownOfAll: 'A ZIP with a file for each conversation: the branch on view, to be read anywhere.',
  withThoughts: 'With what the model thought before its answers',
  exportShare: 'Export',
  export: 'Export…',

  renameFolder: 'Rename folder',
  taken: 'There is a folder of this name already.',
  newFolder: 'New folder',
  name: 'Name',
  rename: 'Rename',
  makeFolder: 'Make folder',

  importTitle: 'Import conversations',
  importShare: 'Import',
  soFar: (count: number) => `${conversations(count)} so far…`,
  dropHere: 'Drop files here, or',
  chooseFiles: 'Choose files…',
  files: 'Files of conversations',
  /** Each goes on from the name of a program. */
  ofDepthwise: ': files that “Export” made as JSON.',
  /** Around the name of a file, as are the next ones. */
  ofChatGpt: [': every', 'in the unpacked export.'],
  ofLmStudio: [': files named', 'in its', 'folder.'],
  importAgain: (count: number) => `Import ${plural(count, { one: 'it', other: 'them' })} again`,

  imported: (count: number) => `${conversations(count)} imported.`,
  importedSkipped: (count: number, skipped: number) => `${conversations(count)} imported, ${number(skipped)} skipped.`,
  cancelled: 'It was stopped before the end. What had been imported is there.',
  known: (count: number) =>
    `${conversations(count)} ${plural(count, { one: 'was there already and stayed as it is', other: 'were there already and stayed as they are' })}.`,
  again: (count: number) =>
    `${conversations(count)} had been imported before. ${plural(count, { one: 'Import it again, as a copy?', other: 'Import them again, as copies?' })}`,
  restored: (count: number) => `${conversations(count)} came back from “Recently deleted”.`,
  skipped: 'Skipped',
  andOthers: (count: number) => `and ${counted(count, { one: 'other', other: 'others' })}.`,

  trash: 'Recently deleted',
  kept: (days: number) => `Deleted conversations are kept for ${days} days and then removed for good.`,
  empty: 'There is nothing here.',
  daysLeft: (days: number) => counted(days, { one: 'day left', other: 'days left' }),
  bringBack: 'Bring back',
  bringBackOne: (title: string) => `Bring back “${title}”`,
  erase: 'Delete for good',
  eraseOne: (title: string) => `Delete for good: “${title}”`,
  eraseAll: 'Delete all for good',
  oneDoomed: (title: string) => `“${title}” will be gone for good. This cannot be undone.`,
  severalDoomed: (count: number) => `${conversations(count)} will be gone for good. This cannot be undone.`,
}
