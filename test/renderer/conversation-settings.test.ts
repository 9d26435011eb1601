import { describe, expect, it, vi } from 'vitest'
import type { Preset } from '../../electron/contract/presets.ts'
import { BUILT_IN_PRESETS, FOLLOWING } from '../../electron/contract/presets.ts'
import { Client } from '../../renderer/connection/client.ts'
import { portTransport } from '../../renderer/connection/port.ts'
import { chosenIn, ownOf } from '../../renderer/settings/form.ts'
import { applied, nameProblem, presetOf, presetThatIs } from '../../renderer/settings/presets.ts'
import { Workspace } from '../../renderer/state/workspace.svelte.ts'
import { FakeHost } from './fake/host.ts'
import { SETTINGS } from './fake/values.ts'

const OWN = SETTINGS.sampling
const [BALANCED, PRECISE] = BUILT_IN_PRESETS as [Preset, Preset]
const changed = { systemPrompt: 'Be brief.', sampling: { ...OWN, temperature: 1.5 } }

describe('what a conversation has of its own', () => {
  it('is what differs from the settings, and is read back the same', () => {
    expect(ownOf(SETTINGS, SETTINGS)).toEqual(FOLLOWING)
    const own = ownOf(changed, SETTINGS)
    expect(own).toEqual({ systemPrompt: 'Be brief.', sampling: { temperature: 1.5 } })
    expect(chosenIn(own, SETTINGS)).toEqual(changed)
    expect(chosenIn(own, { systemPrompt: 'x', sampling: { ...OWN, topK: 3 } }).sampling).toMatchObject({
      temperature: 1.5,
      topK: 3,
    })
  })

  it('can be no system prompt where the settings have one', () => {
    const settings = { ...SETTINGS, systemPrompt: 'Be brief.' }
    const own = ownOf({ ...settings, systemPrompt: '' }, settings)
    expect(own.systemPrompt).toBe('')
    expect(chosenIn(own, settings).systemPrompt).toBe('')
  })
})

describe('presets', () => {
  it('are recognised in what is chosen', () => {
    expect(presetThatIs(SETTINGS, BUILT_IN_PRESETS, OWN)).toBe(BALANCED)
    const precise = applied(PRECISE, changed, OWN)
    expect(precise).toEqual({ systemPrompt: 'Be brief.', sampling: { ...OWN, ...PRECISE.sampling } })
    expect(presetThatIs(precise, BUILT_IN_PRESETS, OWN)).toBe(PRECISE)
    expect(presetThatIs(changed, BUILT_IN_PRESETS, OWN)).toBeNull()
  })

  it('keep what is not the model’s own, and the system prompt', () => {
    const mine = presetOf(' Wild ', changed, OWN)
    expect(mine).toEqual({ name: 'Wild', systemPrompt: 'Be brief.', sampling: { temperature: 1.5 } })
    expect(presetThatIs(applied(mine, SETTINGS, OWN), [...BUILT_IN_PRESETS, mine], OWN)).toBe(mine)
  })

  it('have names that no other has', () => {
    const mine = presetOf('Wild', changed, OWN)
    expect(nameProblem('wild ', [mine])).not.toBeNull()
    expect(nameProblem('BALANCED', [])).not.toBeNull()
    expect(nameProblem(' ', [])).not.toBeNull()
    expect(nameProblem('Wild', [])).toBeNull()
  })
})

describe('the panel of a conversation', () => {
  async function opened() {
    const host = new FakeHost({ pace: { tokenMs: 1, prefillMs: 1 } })
    const space = new Workspace(new Client(portTransport(host)), null)
    await vi.waitFor(() => {
      expect(space.application.settings).not.toBeNull()
    })
    return { host, space }
  }

  it('gives a new chat what was set before its first message, and only that one', async () => {
    const { host, space } = await opened()
    const own = { systemPrompt: 'Be brief.', sampling: { temperature: 0 } }
    await space.ownSettings.show(null)
    expect(await space.ownSettings.change(own)).toBe(true)
    expect(space.ownSettings.any).toBe(true)
    await space.chat.send('one', null)
    const first = space.chat.conversationId!
    expect(host.conversations.settings.get(first)).toEqual(own)
    space.chat.startNew()
    await space.ownSettings.show(null)
    expect(space.ownSettings.value).toEqual(FOLLOWING)
    await space.chat.send('two', null)
    expect(host.conversations.settings.has(space.chat.conversationId!)).toBe(false)
    await space.ownSettings.show(first)
    expect(space.ownSettings.value).toEqual(own)
  })

  it('follows what another window changes', async () => {
    const { host, space } = await opened()
    await space.chat.send('one', null)
    const id = space.chat.conversationId!
    await space.ownSettings.show(id)
    host.emit('conversation.configured', { id, settings: { systemPrompt: 'x', sampling: {} } })
    expect(space.ownSettings.value.systemPrompt).toBe('x')
    host.emit('conversation.configured', { id: id + 99, settings: FOLLOWING })
    expect(space.ownSettings.value.systemPrompt).toBe('x')
  })
})
