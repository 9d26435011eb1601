import type { Command, EngineEvent } from '../../electron/contract/engine.ts'
import { ENGINE_PROTOCOL } from '../../electron/contract/engine.ts'
import { LOADED, READINGS } from './samples.ts'

/** A real process that speaks the protocol and writes a word every 10 ms, for ever. */
const say = (event: EngineEvent) => process.send!(event)
let writing: NodeJS.Timeout | undefined

process.on('message', (command: Command) => {
  if (command.type === 'load') say(LOADED)
  if (command.type === 'ping') say({ type: 'pong', nonce: command.nonce })
  if (command.type === 'shutdown') process.exit(0)
  if (command.type === 'stop') {
    clearInterval(writing)
    const figures = { promptTokens: 1, tokens: 1, meanDepth: 1, budgetRealised: 1, tokensPerSecond: 1, ttftMs: 1 }
    say({ type: 'finished', id: command.id, summary: { finishReason: 'stopped', ...figures } })
  }
  if (command.type === 'generate') {
    let first = 0
    writing = setInterval(() => {
      const tokens = [{ text: `word${first} `, depth: 1, budget: command.budget }]
      say({ type: 'tokens', id: command.id, first: first++, tokens, readings: READINGS })
    }, 10)
  }
})
process.on('disconnect', () => process.exit(0))
say({ type: 'hello', protocol: ENGINE_PROTOCOL })
