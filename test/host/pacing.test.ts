import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_PACE } from '../../electron/contract/pace.ts'
import type { PowerSource } from '../../electron/host/power.ts'
import { powerOfLinux } from '../../electron/host/power.ts'
import { ask, readyStage, temporaryFolder } from './support.ts'

class Plug implements PowerSource {
  private changed: () => void = () => undefined
  private isOut: boolean

  constructor(isOut = false) {
    this.isOut = isOut
  }

  onBattery(): boolean {
    return this.isOut
  }

  watch(changed: () => void): () => void {
    this.changed = changed
    return () => (this.changed = () => undefined)
  }

  pull(isOut: boolean): void {
    this.isOut = isOut
    this.changed()
  }
}

test('the engine is asked to hold a speed, also in mid-answer; what it chose is kept as its choice', async () => {
  const set = readyStage({ power: new Plug() })
  const { client, engine, conversationId } = set
  client.call('settings.change', { pace: { ...DEFAULT_PACE, mode: 'hold', atLeast: 18 } })
  expect(client.last('pace.changed')).toEqual({
    pace: { mode: 'hold', atLeast: 18 },
    forBattery: false,
    onBattery: false,
  })
  const { answer } = await ask(set, conversationId, null, 'x')
  const { id, pace } = engine().last('generate')!
  expect(pace).toEqual({ mode: 'hold', atLeast: 18 })
  engine().speak(0, 'a')
  engine().say({ type: 'budgetApplied', id, token: 1, budget: 35, by: 'hold' })
  expect(client.last('chat.budget')).toEqual({ messageId: answer.id, token: 1, budget: 35, by: 'hold' })
  expect(client.call('pace.byHand', {})).toMatchObject({ pace: null })
  expect(engine().last('pace')).toEqual({ type: 'pace', id, pace: null })
  expect(client.call('app.state', {}).settings.pace).toMatchObject({ mode: 'hand', atLeast: 18 })
  engine().say({ type: 'budgetApplied', id, token: 2, budget: 50 })
  engine().finish()
  expect(client.last('chat.ended')!.message.generation!.budgetChanges).toEqual([
    { token: 1, budget: 35, by: 'hold' },
    { token: 2, budget: 50 },
  ])
  expect(client.call('conversation.read', { id: conversationId }).messages[1]!.generation!.budgetChanges[0]!.by).toBe(
    'hold',
  )
})

test('on battery it is quiet, until a person takes over or the cable is back', async () => {
  const plug = new Plug()
  const set = readyStage({ power: plug })
  const { client, engine, conversationId } = set
  client.call('settings.change', { pace: { ...DEFAULT_PACE, onBattery: 'lower', batteryBudget: 10 } })
  expect(client.call('pace.read', {})).toEqual({ pace: null, forBattery: false, onBattery: false })
  await ask(set, conversationId, null, 'x')
  expect(engine().last('generate')!.pace).toBeUndefined()
  plug.pull(true)
  const lower = { mode: 'quiet', atMost: null, budget: 10 }
  expect(engine().last('pace')).toMatchObject({ pace: lower })
  expect(client.last('pace.changed')).toEqual({ pace: lower, forBattery: true, onBattery: true })
  client.call('pace.byHand', {})
  expect(client.last('pace.changed')).toMatchObject({ pace: null, onBattery: true })
  plug.pull(false)
  plug.pull(true)
  expect(client.last('pace.changed')).toMatchObject({ pace: lower, forBattery: true })
  client.call('settings.change', { pace: { ...DEFAULT_PACE, onBattery: 'lower', mode: 'hold' } })
  expect(client.last('pace.changed')).toMatchObject({ pace: { mode: 'hold' }, forBattery: false })
})

test('Linux tells of its batteries; those of a mouse do not count', () => {
  const folder = temporaryFolder()
  const supply = (name: string, files: Record<string, string>): void => {
    mkdirSync(path.join(folder, name), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, name, file), `${text}\n`)
  }
  const { onBattery } = powerOfLinux(folder)
  expect(onBattery()).toBeNull()
  supply('AC', { type: 'Mains', online: '0' })
  supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging' })
  expect(onBattery()).toBeNull()
  supply('BAT0', { type: 'Battery', status: 'Discharging' })
  expect(onBattery()).toBe(true)
  supply('BAT0', { status: 'Charging' })
  expect(onBattery()).toBe(false)
  expect(powerOfLinux(path.join(folder, 'nowhere')).onBattery()).toBeNull()
})
