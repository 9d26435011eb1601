import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { environment } from './support/app.ts'
import { chip } from './support/models.ts'
import { PACKAGED } from './support/packaged.ts'
import { answers, expect, send, test } from './support/fixtures.ts'

const DISABLED = '0'.charCodeAt(0)
const ENABLED = '1'.charCodeAt(0)
/** In an AppImage the files are reached only while it runs. */
const folder = path.dirname(PACKAGED)
const unpacked = existsSync(path.join(folder, 'resources/app.asar'))

test.use({ model: 'built-in' })

test('the packaged app answers with its own model, and the conversation is there after a restart', async ({ open }) => {
  test.setTimeout(240_000)
  const first = await open()
  await expect(chip(first.page)).toContainText('Depthwise 113M')
  await send(first.page, 'What is the capital of France?')
  await expect(answers(first.page)).toHaveAttribute('data-status', 'complete', { timeout: 60_000 })
  await expect(answers(first.page)).toContainText('Paris')
  await first.close()
  const second = await open()
  await second.page.getByTestId('conversation-item').first().click()
  await expect(answers(second.page)).toContainText('Paris')
})

test('the window speaks the language of the system', async ({ open }) => {
  test.setTimeout(120_000)
  const before = { ...process.env }
  // in the order in which glib asks for them
  Object.assign(process.env, { LANGUAGE: 'de', LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' })
  try {
    const { page } = await open()
    await expect(page.locator('html')).toHaveAttribute('lang', 'de')
    await expect(page.getByTestId('composer')).toHaveAttribute('placeholder', 'Schreibe eine Nachricht')
  } finally {
    process.env = before
  }
})

test('the binary’s fuses are those that electron-builder.yml names', async () => {
  test.skip(!unpacked, 'an AppImage has no binary to read')
  const wire = await getCurrentFuseWire(PACKAGED)
  expect(wire).toMatchObject({
    [FuseV1Options.RunAsNode]: DISABLED,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: DISABLED,
    [FuseV1Options.EnableNodeCliInspectArguments]: DISABLED,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ENABLED,
    [FuseV1Options.OnlyLoadAppFromAsar]: ENABLED,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: DISABLED,
  })
})

test('it is no Node, whatever the environment says', ({ folders }) => {
  const { stdout } = spawnSync(PACKAGED, ['-e', 'console.log(40 + 2)', '--no-sandbox', '--disable-gpu'], {
    env: { ...environment(folders), ELECTRON_RUN_AS_NODE: '1' },
    encoding: 'utf8',
    timeout: 4000,
  })
  expect(stdout).not.toContain('42')
})

test('inside are natives of this platform only, and nothing that was not meant to be', () => {
  test.skip(!unpacked, 'an AppImage is read while it runs')
  const resources = path.join(folder, 'resources')
  const natives = execFileSync('find', [resources, '-regex', '.*\\.\\(node\\|so.*\\|dll\\|dylib\\)', '-type', 'f'])
  const names = natives
    .toString()
    .trim()
    .split('\n')
    .map((file) => path.relative(resources, file))
    .sort()
  const modules = 'app.asar.unpacked/node_modules'
  expect(names).toEqual([
    `${modules}/better-sqlite3/prebuilds/linux-x64.node`,
    `${modules}/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1`,
    `${modules}/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node`,
  ])
  // the last is of a deb, for systems that let only named programs have a sandbox
  const inside = readdirSync(resources).filter((name) => name !== 'apparmor-profile')
  expect(inside.sort()).toEqual(['app.asar', 'app.asar.unpacked', 'models'])
  expect(readdirSync(path.join(resources, 'models/default')).filter((name) => name.startsWith('reference'))).toEqual([])
})
