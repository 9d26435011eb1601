import { expect, test } from 'vitest'
import { readingHandlers } from '../../electron/host/reading.ts'
import type { Message } from '../../electron/contract/values.ts'
import { generation } from '../history/samples.ts'
import { temporaryFolder, withHistory } from '../history/support.ts'

test('a long conversation comes as its outline and its end; the rest is given when asked for', () => {
  withHistory(temporaryFolder(), (history) => {
    const { id } = history.conversations.create('Long')
    let parentId: number | null = null
    const branch: number[] = []
    for (let i = 0; i < 101; i++) {
      const { turn, answer } = history.messages.addTurn(id, parentId, `question ${i}`, generation())
      if (i !== 3)
        history.messages.saveAnswer(answer.id, { status: 'complete', text: `answer ${i}`, generation: generation() })
      branch.push(turn.id, answer.id)
      parentId = answer.id
    }
    const aside = history.messages.addTurn(id, null, 'aside', generation())
    history.conversations.select(id, branch.at(-1)!)
    const calls = readingHandlers(history, (messages) => messages)
    const read = calls['conversation.read']({ id }) as { messages: Message[]; outline?: unknown[] }
    expect(read.outline).toHaveLength(204)
    expect(read.outline!.slice(0, 3)).toEqual([
      [branch[0], null],
      [branch[1], branch[0]],
      [branch[2], branch[1]],
    ])
    expect(read.messages.map((message) => message.id)).toEqual([branch[7], ...branch.slice(-60), aside.answer.id])
    const asked = { id, messageIds: [branch[5]!, 999_999, branch[0]!] }
    expect(calls['conversation.messages'](asked)).toMatchObject([{ text: 'answer 2' }, { text: 'question 0' }])
    const elsewhere = history.conversations.create('Elsewhere').id
    expect(calls['conversation.messages']({ ...asked, id: elsewhere })).toEqual([])
  })
})

test('a conversation that is not long is read whole', () => {
  withHistory(temporaryFolder(), (history) => {
    const { id } = history.conversations.create('Short')
    history.messages.addTurn(id, null, 'question', generation())
    const read = readingHandlers(history, (messages) => messages)['conversation.read']({ id })
    expect(read).not.toHaveProperty('outline')
    expect(read).toMatchObject({ messages: [{ text: 'question' }, { text: '' }] })
  })
})
