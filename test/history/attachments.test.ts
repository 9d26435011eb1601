import { expect, test } from 'vitest'
import { toMarkdown } from '../../renderer/exchange/markdown.ts'
import { generation } from './samples.ts'
import { refusal, temporaryFolder, withHistory } from './support.ts'

test('files are found by name and by text, with a snippet of their own, and counted within a conversation', () => {
  withHistory(temporaryFolder(), ({ attachments, conversations, messages, search }) => {
    const { id } = conversations.create('Talk')
    const file = attachments.add({ name: 'ledger.csv', text: 'name;sum\nzebra crossing;4\n' })
    attachments.add({ name: 'draft.txt', text: 'a zebra that was never sent' })
    const { turn } = messages.addTurn(id, null, 'Where is the zebra?', generation(), undefined, [file.id])
    const other = messages.addTurn(id, null, 'Nothing here', generation(), undefined, [file.id])
    for (const word of ['crossing', 'ledger', ';4'])
      expect(conversations.list(word).map((found) => found.id)).toEqual([id])
    expect(conversations.list('never sent')).toEqual([])
    expect(search.search('crossing').found[0]!.messages[0]).toMatchObject({
      id: other.turn.id,
      file: 'ledger.csv',
      snippet: 'name;sum zebra crossing;4',
    })
    expect(search.search('the zebra').found[0]!.messages).toMatchObject([
      { id: turn.id, snippet: 'Where is the zebra?' },
    ])
    expect(search.within(id, ['zebra'])).toEqual([
      { messageId: turn.id, hits: 2, files: [file.id] },
      { messageId: other.turn.id, hits: 1, files: [file.id] },
    ])
    search.rebuild()
    expect(conversations.list('crossing')).toHaveLength(1)
  })
})

test('a file goes for good with the last conversation that has it, out of the search too', () => {
  const folder = temporaryFolder()
  withHistory(folder, ({ attachments, conversations, messages, trash, search }) => {
    const file = attachments.add({ name: 'a.txt', text: 'unmistakable' })
    const ids = ['one', 'two'].map((title) => {
      const { id } = conversations.create(title)
      messages.addTurn(id, null, title, generation(), undefined, [file.id])
      return id
    })
    trash.add(ids[0]!)
    trash.erase(ids[0]!)
    expect(attachments.read(file.id).text).toBe('unmistakable')
    trash.add(ids[1]!)
    trash.erase(ids[1]!)
    expect(refusal(() => attachments.read(file.id))).toBe('NOT_FOUND')
    expect(search.find('unmistakable').size).toBe(0)
  })
})

test('exporting, importing and exporting again gives the same files; Markdown prints them in fences', () => {
  const exported = withHistory(temporaryFolder(), ({ attachments, conversations, messages, portable }) => {
    const { id } = conversations.create('Talk')
    const files = [
      { name: 'b.md', text: '```\ncode\n```\n' },
      { name: 'a.txt', text: 'plain' },
    ].map((file) => attachments.add(file).id)
    messages.addTurn(id, null, 'What is it?', generation(), undefined, files)
    return portable.export(id)
  })
  expect(exported.messages[0]!.attachments).toEqual([
    { name: 'b.md', text: '```\ncode\n```\n' },
    { name: 'a.txt', text: 'plain' },
  ])
  expect(exported.messages[1]).not.toHaveProperty('attachments')
  const again = withHistory(temporaryFolder(), ({ conversations, portable }) => {
    portable.import(exported, false)
    return portable.export(conversations.list()[0]!.id)
  })
  expect(again).toEqual(exported)
  expect(toMarkdown(exported, { thoughts: false })).toContain(
    'File: b.md\n````md\n```\ncode\n```\n````\n\nFile: a.txt\n```txt\nplain\n```\n\nWhat is it?',
  )
})
