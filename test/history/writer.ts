import { writeSync } from 'node:fs'
import { openHistory } from '../../electron/history/history.ts'
import { generation } from './samples.ts'

const [folder, round] = process.argv.slice(2) as [string, string]
const { conversations, messages } = openHistory(folder)
const { id } = conversations.create(`round ${round}`)
for (let i = 0; ; i++) {
  const text = `round ${round} turn ${i}`
  const { answer } = messages.addTurn(id, null, text, generation())
  writeSync(1, `${text}\n`)
  messages.saveAnswer(answer.id, { status: 'streaming', text: `${text} growing`, generation: generation() })
  messages.saveAnswer(answer.id, { status: 'complete', text: `${text} answered`, generation: generation() })
  writeSync(1, `${text} answered\n`)
}
