import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { makeFolder } from '../../models/common/make-folder.ts'
import { Attachments } from './attachments.ts'
import { Connection } from './connection.ts'
import { KeptConversationSettings } from './conversation-settings.ts'
import { Conversations } from './conversations.ts'
import { Curves } from './curves.ts'
import { Drafts } from './drafts.ts'
import { corrupt, historyError } from './failures.ts'
import { Folders } from './folders.ts'
import { lockHistory } from './lock.ts'
import { Messages } from './messages.ts'
import type { Migration } from './migrate.ts'
import { migrate } from './migrate.ts'
import { OpenMark } from './open-mark.ts'
import { keepPrivate } from './private-file.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { Portable } from './portable.ts'
import { Requests } from './requests.ts'
import { Search } from './search.ts'
import { StoredSettings } from './settings.ts'
import { Trash } from './trash.ts'

/** All that is kept of a person: one SQLite file. */
export interface History {
  conversations: Conversations
  folders: Folders
  trash: Trash
  messages: Messages
  attachments: Attachments
  portable: Portable
  search: Search
  settings: StoredSettings
  conversationSettings: KeptConversationSettings
  requests: Requests
  drafts: Drafts
  curves: Curves
  /** Sentences about what was put right while opening. */
  notices: string[]
  close(): void
}

/**
 * Opens `history.sqlite` in `folder`, made and brought to the newest schema where needed.
 * Throws HISTORY_NEWER, HISTORY_CORRUPT, HISTORY_UNWRITABLE, or BUSY while another process has it open.
 */
export function openHistory(folder: string, steps: readonly Migration[] = MIGRATIONS): History {
  const file = path.join(folder, 'history.sqlite')
  makeOwnFolder(folder, file)
  const lock = lockHistory(path.join(folder, 'history.lock'))
  const mark = new OpenMark(file)
  let connection: Connection | undefined
  try {
    const unclean = hasContent(`${file}-wal`)
    connection = new Connection(file)
    return prepare(connection, steps, { unclean, mark, release: lock.release })
  } catch (error) {
    connection?.close()
    lock.release()
    throw damagedWhileOpening(error, file)
  }
}

interface Opening {
  unclean: boolean
  mark: OpenMark
  release: () => void
}

function prepare(connection: Connection, steps: readonly Migration[], { unclean, mark, release }: Opening): History {
  for (const setting of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'checkpoint_fullfsync = ON',
    'foreign_keys = ON',
    'trusted_schema = OFF',
    'cell_size_check = ON',
    'secure_delete = ON',
    // kibibytes; better-sqlite3's own 16 MB fill over weeks of chat, and search and reading are hardly faster for it
    'cache_size = -4096',
  ]) {
    connection.pragma(setting)
  }
  const backup = migrate(connection, steps)
  const search = new Search(connection)
  if (unclean || mark.lostChanges) check(connection, search)
  const attachments = new Attachments(connection)
  if (steps === MIGRATIONS) attachments.forgetUnused()
  const messages = new Messages(connection, attachments)
  const recovered = messages.interruptLeftovers({
    code: 'ENGINE_STOPPED',
    message: 'Depthwise went away before this answer was complete. What had been written was kept.',
  })
  const notices: string[] = []
  if (mark.lostChanges) notices.push(LOST_CHANGES)
  if (backup) notices.push(`Your conversations were brought to a newer format. A copy of before is at ${backup}.`)
  if (recovered === 1)
    notices.push('One answer had not been complete when Depthwise went away; it was kept and marked.')
  if (recovered > 1)
    notices.push(`${recovered} answers had not been complete when Depthwise went away; they were kept.`)
  const trash = new Trash(connection)
  trash.purge()
  const folders = new Folders(connection)
  mark.set()
  return {
    conversations: new Conversations(connection, search),
    folders,
    portable: new Portable({ connection, folders, messages, attachments }),
    trash,
    messages,
    attachments,
    search,
    settings: new StoredSettings(connection),
    conversationSettings: new KeptConversationSettings(connection),
    requests: new Requests(connection),
    drafts: new Drafts(connection, attachments),
    curves: new Curves(connection),
    notices,
    close: () => {
      if (connection.raw.open) mark.clear(connection)
      connection.close()
      release()
    },
  }
}

const LOST_CHANGES =
  'The newest of your conversations may be missing: Depthwise had not been closed, and the file history.sqlite-wal, which held what was written last, is gone. If you have moved or copied the folder, close Depthwise and put that file back.'

/** After an unclean end. What can be made again from the messages is made again; anything else is damage. */
function check(connection: Connection, search: Search): void {
  const sound = () => connection.pragma('quick_check(1)')
  if (sound() === 'ok') return
  search.rebuild()
  connection.guard(() => connection.raw.exec('REINDEX'))
  const answer = sound()
  if (answer !== 'ok') throw corrupt(connection.file, String(answer))
}

/** Whatever SQLite says of a file that was only being opened speaks of the file, not of what we asked. */
function damagedWhileOpening(error: unknown, file: string): unknown {
  const isSql = error instanceof Error && error.name === 'SqliteError'
  return isSql ? corrupt(file, error.message, error) : error
}

function makeOwnFolder(folder: string, file: string): void {
  try {
    makeFolder(folder, 0o700)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
    for (const each of [file, path.join(folder, 'history.lock')]) keepPrivate(each)
  } catch (error) {
    throw historyError(error, file)
  }
}

function hasContent(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0
}
