import path from 'node:path'
import { expect, test } from 'vitest'
import { licencesOf } from '../../electron/launch/licences.ts'

test('every package that the app is made of is named with its licence', () => {
  const { packages, own, model } = licencesOf(path.join(import.meta.dirname, '../..'))
  const named = new Map(packages.map((each) => [each.name, each]))
  // of the host, of the page, of one of these, and what it runs in
  for (const name of ['onnxruntime-node', 'better-sqlite3', 'svelte', 'markdown-it', 'linkify-it', 'electron'])
    expect(named.get(name)?.licence, name).toBeTruthy()
  for (const name of ['vitest', 'eslint', 'typescript']) expect(named.has(name), name).toBe(false)
  expect(named.get('better-sqlite3')!.text).toContain('Permission is hereby granted')
  expect(own).toContain('Apache License')
  expect(model).toContain('SmolLM2')
})
