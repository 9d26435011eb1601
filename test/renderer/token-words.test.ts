import { describe, expect, it, vi } from 'vitest'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { gateLine, isSpecial, probability, spoken, visible } from '../../renderer/text/token-words.ts'
import { FakeHost } from './fake/host.ts'

describe('a token', () => {
  it('shows what cannot be seen', () => {
    expect(visible(' sea')).toBe('␣sea')
    expect(visible('\n\n\t')).toBe('↵↵⇥')
    expect(visible('a\u200Db\u00A0')).toBe('a\\u200db⍽')
    expect(visible('')).toBe('(nothing)')
    expect(visible('海')).toBe('海')
  })

  it('is said to a voice', () => {
    expect(spoken(' sea')).toBe('space sea')
    expect(spoken('sea')).toBe('sea')
    expect(spoken('.\n\n')).toBe('. line break line break')
    expect(spoken('<|im_end|>')).toBe('special token <|im_end|>')
    expect(spoken('\uFFFD')).toBe('part of a character')
    expect(spoken('')).toBe('nothing')
  })

  it('is special where it is only a name', () => {
    for (const name of ['<|im_end|>', '</s>', '<s>', '[UNK]', '<think>']) expect(isSpecial(name)).toBe(true)
    for (const name of ['<', '[x]', ' a', '|>', 'im_end']) expect(isSpecial(name)).toBe(false)
  })

  it('has a probability that is never none and never all', () => {
    expect(probability(Math.log(0.25))).toBe('25.0%')
    expect(probability(Math.log(0.004))).toBe('0.40%')
    expect(probability(-16)).toBe('< 0.01%')
    expect(probability(0)).toBe('> 99.9%')
  })

  it('has a score, and what that led to', () => {
    expect(gateLine({ score: 0.6251, least: 0.5, passed: true })).toBe('0.625; 0.5 was enough to go deeper')
    expect(gateLine({ score: -0.06865, least: -0.0307, passed: false })).toBe(
      '−0.0687; −0.0307 was needed to go deeper',
    )
    expect(gateLine({ score: 1, least: null, passed: true })).toBe('1; it went deeper, whatever its score')
    expect(gateLine({ score: 1, least: null, passed: false })).toBe('1; it went no deeper, whatever its score')
  })
})

describe('what decided about a token', () => {
  it('is asked for once, also while the answer grows, and again where more has been written', async () => {
    const host = new FakeHost({ pace: { tokenMs: 2, prefillMs: 5 } })
    const asked: unknown[] = []
    const port = {
      listen: (receive: (frame: unknown) => void) => host.listen(receive),
      send: (frame: unknown) => {
        if ((frame as { call: string }).call === 'message.tokenDetails') asked.push(frame)
        host.send(frame)
      },
    }
    const space = new Workspace(new Client(portTransport(port)), null)
    await vi.waitFor(() => {
      expect(space.application.settings).not.toBeNull()
    })
    await space.chat.send('Tell me about the sea.', null)
    const answer = space.chat.answering!
    await vi.waitFor(() => {
      expect(answer.tokens.length).toBeGreaterThan(5)
    })
    const { details } = space
    expect(details.of(answer.messageId, 3)).toBeUndefined()
    await Promise.all([details.look(answer.messageId, 3), details.look(answer.messageId, 3)])
    expect(details.of(answer.messageId, 3)!.likelihood!.text).toBe(answer.tokens[3]!.text)
    await details.look(answer.messageId, 4)
    expect(asked).toHaveLength(1)
    await vi.waitFor(() => {
      expect(space.chat.answering).toBeNull()
    })
    const last = answer.tokens.length - 1
    await details.look(answer.messageId, last)
    expect(details.of(answer.messageId, last)!.likelihood!.text).toBe(answer.tokens[last]!.text)
    await details.look(answer.messageId, last + 1)
    expect(details.of(answer.messageId, last + 1)).toBeNull()
    expect(details.of(answer.messageId, 3)).not.toBeNull()
    expect(asked).toHaveLength(3)
  })
})
