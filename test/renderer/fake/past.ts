import type { FakeHost } from './host.ts'
import { message } from './values.ts'
import { Writer } from './writer.ts'

const DAY_MS = 86_400_000

/** Fills the fake's conversations as if it had been used for a while. */
export function remember(host: FakeHost): void {
  converse(host, 'A loop in Python', 30 * DAY_MS, ['How do I write a loop in Python?'], 1)
  converse(host, 'Autumn and the other seasons', 4 * DAY_MS, ['What is your favourite season?', 'And the worst?'], 2)
  converse(host, 'Names for a sailing boat that nobody has used before', DAY_MS, ['Name my boat.'], 2)
  converse(host, 'About the sea', 60_000, ['Tell me about the sea.'], 0)
}

/** Puts some of what is remembered into folders, one of them closed, and pins one. */
export function organise({ conversations, organising }: FakeHost): void {
  const [season, boat, sea] = ['Autumn', 'Names', 'About'].map(
    (title) => conversations.list().find((conversation) => conversation.title.startsWith(title))!.id,
  )
  organising.folders = [
    { id: conversations.nextId(), name: 'Sailing', open: true },
    { id: conversations.nextId(), name: 'Letters to the council', open: false },
  ]
  conversations.change(boat!, { folderId: organising.folders[0]!.id })
  conversations.change(season!, { folderId: organising.folders[1]!.id })
  conversations.change(sea!, { pinned: true })
}

/** One very long conversation. */
export function rememberLong(host: FakeHost, turns: number): void {
  converse(
    host,
    'A very long talk',
    0,
    Array.from({ length: turns }, (_, turn) => `Question ${turn + 1}?`),
    0,
  )
}

/** One conversation with one answer. */
export function rememberAnswer(host: FakeHost, title: string, answer: string): void {
  converse(host, title, 0, ['Show me.'], 0, answer)
}

function converse(
  host: FakeHost,
  title: string,
  ago: number,
  questions: readonly string[],
  seed: number,
  written?: string,
): void {
  const { conversations } = host
  const conversation = conversations.create(title, Date.now() - ago)
  let parentId: number | null = null
  for (const [index, text] of questions.entries()) {
    const turn = message({ id: conversations.nextId(), conversationId: conversation.id, parentId, role: 'user', text })
    const answer = message({
      id: conversations.nextId(),
      conversationId: conversation.id,
      parentId: turn.id,
      role: 'assistant',
    })
    const writer = new Writer(answer, 60, seed + index * 3, { tokenMs: 14, prefillMs: 0 }, false, written)
    while (!writer.done) {
      if (writer.count === 40) writer.changeBudget(20)
      writer.next()
    }
    conversations.messages.set(turn.id, turn)
    conversations.messages.set(answer.id, writer.kept('complete', 'end'))
    // the oldest is from before that was kept
    if (ago < 30 * DAY_MS) host.written.set(answer.id, writer)
    parentId = answer.id
  }
  conversations.change(conversation.id, { leafId: parentId })
}
