import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

interface Package {
  dependencies: Record<string, string>
}

/** Binaries for the CPU alone, by platform: those for GPUs are ten times as large. */
const BINARIES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'mac-x64',
  'darwin-arm64': 'mac-arm64-metal',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}

/** Brings llama.cpp into this folder, if it is not there. @returns why it cannot be had, or null */
export function installLlama(): string | null {
  const platform = `${process.platform}-${process.arch}`
  const binary = BINARIES[platform]
  if (binary === undefined) return `there is no llama.cpp for ${platform}`
  const folder = import.meta.dirname
  const modules = path.join(folder, 'node_modules')
  const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Package
  if (existsSync(path.join(modules, '@node-llama-cpp', binary))) return null
  process.stderr.write('Bringing llama.cpp (once, 90 MB) …\n')
  // the lock file pins it; as an option of another package it would be left out together with the GPUs' binaries
  const name = `@node-llama-cpp/${binary}@${dependencies['node-llama-cpp']!}`
  const options = ['--no-save', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status } = spawnSync('npm', ['install', ...options, name], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  return status === 0 ? null : 'llama.cpp could not be installed'
}
